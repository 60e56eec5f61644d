/** A frame of zstd with one block that is stored as it is (RFC 8878, section 3.1.1), of up to 255 bytes. */
export function zstdStored(content: Uint8Array): Buffer {
  const blockHead = Buffer.alloc(3);
  blockHead.writeUIntLE((content.length << 3) | 1, 0, 3);
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, content.length]), blockHead, content]);
}

/** A frame with a window of 2^log bytes whose blocks are so many bytes of one value each. */
export function zstdRepeated(windowLog: number, blocks: readonly number[]): Buffer {
  const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, (windowLog - 10) << 3]);
  const parts = blocks.map((size, i) => {
    const block = Buffer.alloc(4);
    block.writeUIntLE((size << 3) | (1 << 1) | (i === blocks.length - 1 ? 1 : 0), 0, 3);
    block[3] = 0x20;
    return block;
  });
  return Buffer.concat([head, ...parts]);
}
