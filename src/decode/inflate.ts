import type { Transform } from 'node:stream';
import zlib from 'node:zlib';
import { DecodeError } from './decoder.js';

/** Telemetry compresses 10 to 50 times; past this ratio a body is a decompression bomb. */
const MAX_INFLATION = 250;

/** What any body may inflate to whatever its ratio: short bodies of equal events compress very well. */
const FREE_INFLATED_BYTES = 64 * 1024 * 1024;

/** One after the other, as in `Content-Encoding: gzip, br`. More is an attack. */
const MAX_ENCODINGS = 2;

/** Node has zstd from 22.15 and 23.8 on; its types for Node 20 do not know it. */
const zstd = (zlib as { createZstdDecompress?: () => Transform }).createZstdDecompress;

const INFLATERS: Readonly<Record<string, (() => Transform) | undefined>> = {
  gzip: () => zlib.createGunzip(),
  'x-gzip': () => zlib.createGunzip(),
  deflate: () => zlib.createInflate(),
  br: () => zlib.createBrotliDecompress(),
  ...(zstd ? { zstd } : {}),
};

/** The encodings that this Node can undo. */
export const CONTENT_ENCODINGS = Object.keys(INFLATERS).filter(name => !name.startsWith('x-'));

/**
 * The streams that undo a Content-Encoding (RFC 9110, section 8.4), in the order to pipe through; none for `identity`.
 * @throws DecodeError `unsupported_media` for an encoding that is not known here.
 */
export function inflaters(contentEncoding: string | undefined): Transform[] {
  if (contentEncoding === undefined) return [];
  const names = contentEncoding
    .toLowerCase()
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '' && name !== 'identity');
  if (names.length > MAX_ENCODINGS) {
    throw new DecodeError('unsupported_media', `a body with ${names.length} content encodings is not accepted`);
  }
  return names.reverse().map(name => {
    const create = Object.hasOwn(INFLATERS, name) ? INFLATERS[name] : undefined;
    if (create) return create();
    const known = CONTENT_ENCODINGS.join(', ');
    throw new DecodeError('unsupported_media', `Content-Encoding "${name}" is not supported; send one of ${known}`);
  });
}

/** Throws when a body inflates more than telemetry does. Call it with the totals so far. */
export function checkInflation(compressedBytes: number, inflatedBytes: number): void {
  if (inflatedBytes > FREE_INFLATED_BYTES && inflatedBytes > compressedBytes * MAX_INFLATION) {
    throw new DecodeError('inflates_too_much', `the body inflates more than ${MAX_INFLATION} times`, {
      offset: inflatedBytes,
    });
  }
}
