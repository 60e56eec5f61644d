import type { Duplex } from 'node:stream';
import zlib from 'node:zlib';
import { DecodeError } from '../decoder.js';
import { zstdDecompress } from './zstd.js';

/** Telemetry compresses 10 to 50 times; past this ratio a body is a decompression bomb. */
const MAX_INFLATION = 250;

/** The size that any body may inflate to, whatever its ratio: short bodies of equal events compress very well. */
const FREE_INFLATED_BYTES = 64 * 1024 * 1024;

/** The maximum number of encodings, as in `Content-Encoding: gzip, br`. More is an attack. */
const MAX_ENCODINGS = 2;

/** The largest window of a zstd body, 8 MiB, as a power of two: encoders may use no larger one over HTTP (RFC 9659, section 3). */
const MAX_ZSTD_WINDOW_LOG = 23;

/** `x-gzip` is gzip (RFC 9110, section 8.4.1.3); `zlib` is the OpenTelemetry Collector's other name for deflate. */
const INFLATERS: Readonly<Record<string, () => Duplex>> = {
  gzip: () => zlib.createGunzip(),
  'x-gzip': () => zlib.createGunzip(),
  deflate: () => zlib.createInflate(),
  zlib: () => zlib.createInflate(),
  br: () => zlib.createBrotliDecompress(),
  zstd: () => zstdDecompress(MAX_ZSTD_WINDOW_LOG),
};

/** The encodings named in the error for an unknown one. */
export const CONTENT_ENCODINGS = ['gzip', 'deflate', 'br', 'zstd'] as const;

/**
 * The decompressors for a Content-Encoding (RFC 9110, section 8.4), in pipe order; empty for `identity`.
 * @throws DecodeError `unsupported_media` for an unknown encoding.
 */
export function inflaters(contentEncoding: string | undefined): Duplex[] {
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
