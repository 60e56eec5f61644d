import { DecodeError } from '../decoder.js';

/** The longest varint of a block's length, in bytes: 32 bits. */
const MAX_VARINT_BYTES = 5;

/** Above this size a decompressor is discarded: its memory never shrinks. */
const MAX_KEPT_BYTES = 4 * 1024 * 1024;

/** Decompresses Snappy's block format. */
export type SnappyUncompress = (block: Uint8Array, maxBytes: number) => Uint8Array;

/** Loads the decompressor in WebAssembly on demand. */
export async function loadSnappy(): Promise<SnappyUncompress> {
  const { snappyUncompress, snappyUncompressor } = await import('hysnappy');
  const kept = snappyUncompressor();
  return (block, maxBytes) => {
    const length = announcedLength(block);
    if (length > maxBytes) {
      throw new DecodeError(
        'request_too_large',
        `the body decompresses to ${length} bytes; at most ${maxBytes} are taken`,
      );
    }
    const uncompress = block.length + length > MAX_KEPT_BYTES ? snappyUncompress : kept;
    try {
      return uncompress(block, length);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      throw new DecodeError('cannot_decompress', `the body is not a block of Snappy: ${error.message}`);
    }
  };
}

/** The length at the start of a block: a varint (format_description.txt of Snappy, "Preamble"). */
function announcedLength(block: Uint8Array): number {
  let length = 0;
  for (let i = 0; i < Math.min(block.length, MAX_VARINT_BYTES); i++) {
    length += (block[i]! & 0x7f) * 2 ** (7 * i);
    if (block[i]! < 0x80) return length;
  }
  throw new DecodeError('cannot_decompress', 'the body is not a block of Snappy: it has no length');
}
