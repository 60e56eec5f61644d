import { createHmac } from 'node:crypto';

/** 128 bits in hexadecimal digits: no two values of a store have the same. */
const HASH_DIGITS = 32;

/** The hashes of values that came often are remembered, up to this many: some 2 MiB. */
const MAX_REMEMBERED = 10_000;

/** Longer values are seldom the same. */
const MAX_REMEMBERED_CHARACTERS = 128;

/** Turns a value's text into what stands for it: the same for the same value, and without the key nobody can tell which. */
export type KeyedHash = (text: string) => string;

/** Creates the hash of a store: HMAC-SHA-256 (RFC 2104), its first 32 hexadecimal digits. */
export function keyedHash(key: Uint8Array): KeyedHash {
  const known = new Map<string, string>();
  return text => {
    let hash = known.get(text);
    if (hash !== undefined) return hash;
    hash = createHmac('sha256', key).update(text).digest('hex').slice(0, HASH_DIGITS);
    if (known.size >= MAX_REMEMBERED) known.clear();
    if (text.length <= MAX_REMEMBERED_CHARACTERS) known.set(text, hash);
    return hash;
  };
}
