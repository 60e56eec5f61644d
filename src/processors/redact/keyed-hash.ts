import { createHmac } from 'node:crypto';
import { byteCache } from './byte-cache.js';

/** 128 bits in hexadecimal: no collisions among the values of a store. */
const HASH_DIGITS = 32;

/** The hash as a JSON string. */
const JSON_BYTES = HASH_DIGITS + 2;

/** Size of the cache of frequent values: about 2 MiB. */
const MAX_REMEMBERED = 16 * 1024;

/** Longer values seldom repeat. */
const MAX_REMEMBERED_BYTES = 64;

/** A keyed hash of values: equal values have equal hashes, and the values cannot be guessed without the key. */
export interface KeyedHash {
  of(text: string): string;
  /**
   * The offset in `json` of the cached hash of the bytes between two offsets, as a JSON string of `length` bytes; -1
   * when it is not cached.
   */
  find(bytes: Uint8Array, start: number, end: number): number;
  /** Caches the hash of those bytes. */
  remember(bytes: Uint8Array, start: number, end: number, hash: string): void;
  readonly json: Uint8Array;
  readonly length: number;
}

/** Creates the hash of a store: HMAC-SHA-256 (RFC 2104), the first 32 hexadecimal digits. */
export function keyedHash(key: Uint8Array): KeyedHash {
  const known = byteCache(MAX_REMEMBERED, MAX_REMEMBERED_BYTES);
  const json = Buffer.alloc(MAX_REMEMBERED * JSON_BYTES);

  return {
    json,
    length: JSON_BYTES,
    of: text => createHmac('sha256', key).update(text).digest('hex').slice(0, HASH_DIGITS),
    find(bytes, start, end) {
      const slot = known.find(bytes, start, end);
      return slot < 0 ? -1 : slot * JSON_BYTES;
    },
    remember(bytes, start, end, hash) {
      const slot = known.add(bytes, start, end);
      if (slot >= 0) json.write(`"${hash}"`, slot * JSON_BYTES);
    },
  };
}
