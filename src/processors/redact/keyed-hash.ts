import { createHmac } from 'node:crypto';
import { byteCache } from './byte-cache.js';

/** 128 bits in hexadecimal digits: no two values of a store have the same. */
const HASH_DIGITS = 32;

/** As JSON: a string. */
const JSON_BYTES = HASH_DIGITS + 2;

/** The hashes of values that came often are remembered, up to this many: some 2 MiB. */
const MAX_REMEMBERED = 16 * 1024;

/** Longer values are seldom the same. */
const MAX_REMEMBERED_BYTES = 64;

/** Turns values into what stands for them: the same for the same value, and without the key nobody can tell which. */
export interface KeyedHash {
  of(text: string): string;
  /** Where the hash of the text that the bytes between two offsets are stands in `json`, as a JSON string of `length` bytes; -1 when it is not remembered. */
  find(bytes: Uint8Array, start: number, end: number): number;
  /** Remembers it for those bytes. */
  remember(bytes: Uint8Array, start: number, end: number, hash: string): void;
  readonly json: Uint8Array;
  readonly length: number;
}

/** Creates the hash of a store: HMAC-SHA-256 (RFC 2104), its first 32 hexadecimal digits. */
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
