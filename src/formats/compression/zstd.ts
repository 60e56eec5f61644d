import { Duplex, type Transform } from 'node:stream';
import zlib from 'node:zlib';
import { Decompress } from 'fzstd';
import { ZstdFrames } from './zstd-frames.js';

/** Node has zstd from 22.15 and 23.8 on; the types for Node 20 lack it. */
const native = zlib as {
  createZstdDecompress?: (options: { params: Readonly<Record<number, number>> }) => Transform;
  constants: { readonly ZSTD_d_windowLogMax?: number };
};

/** The largest window of a file, as in the `zstd` command: it is kept in memory. */
const MAX_FILE_WINDOW_LOG = 27;

/**
 * Decompresses zstd (RFC 8878): with Node when available, else in JavaScript, which is several times slower.
 * @param maxWindowLog the largest window accepted, as a power of two: the memory needed, in bytes.
 */
export function zstdDecompress(maxWindowLog = MAX_FILE_WINDOW_LOG): Duplex {
  const { createZstdDecompress, constants } = native;
  if (createZstdDecompress) {
    return createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax!]: maxWindowLog } });
  }
  return zstdInJavaScript(maxWindowLog);
}

/** The decompressor in JavaScript. It does not verify a frame's checksum: the library lacks that. */
export function zstdInJavaScript(maxWindowLog: number): Duplex {
  return Duplex.from((chunks: AsyncIterable<Uint8Array>) => decompressed(chunks, 2 ** maxWindowLog));
}

async function* decompressed(chunks: AsyncIterable<Uint8Array>, maxWindowBytes: number): AsyncGenerator<Buffer> {
  const frames = new ZstdFrames(maxWindowBytes);
  const blocks: Buffer[] = [];
  const decompress = new Decompress(({ buffer, byteOffset, length }) => {
    if (length > 0) blocks.push(Buffer.from(buffer, byteOffset, length));
  });
  for await (const chunk of chunks) {
    for (const piece of frames.pieces(chunk)) {
      decompress.push(piece);
      yield* blocks.splice(0);
    }
  }
  if (!frames.isBetweenFrames) throw new Error('unexpected end of file');
  // The library waits for more of a frame that is shorter than its longest header.
  decompress.push(new Uint8Array(0), true);
  yield* blocks.splice(0);
}
