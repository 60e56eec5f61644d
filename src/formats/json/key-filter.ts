/**
 * A cheap test that rejects most keys that are not among some names, without decoding them and ignoring case. It may
 * report false positives.
 */
export type KeyFilter = (bytes: Uint8Array, start: number, keyEnd: number) => boolean;

/** Longer names are distinguished only by their first letter. */
const LONGEST = 30;

/** Creates the filter of some lower-case names. `start` and `keyEnd` are the offsets of the key with its quotes. */
export function keyFilter(names: Iterable<string>): KeyFilter {
  const isLikePlain = plainKeyFilter(names);

  return (bytes, start, keyEnd) => {
    if (isLikePlain(bytes, start, keyEnd)) return true;
    // An escape, or a letter beyond ASCII that lower-cases to ASCII, may spell a name differently.
    for (let i = start + 1; i < keyEnd - 1; i++) if (bytes[i] === 0x5c || bytes[i]! >= 0x80) return true;
    return false;
  };
}

/** The filter for keys known to be ASCII without escapes. */
export function plainKeyFilter(names: Iterable<string>): KeyFilter {
  /** By first byte, a bit for each length of a name. */
  const lengths = new Uint32Array(256).fill(0xffffffff, 0x80);
  for (const name of names) {
    const first = name.charCodeAt(0);
    const bit = name === '' || name.length > LONGEST || first >= 0x80 ? 0xffffffff : 1 << name.length;
    for (const letter of new Set([name.slice(0, 1), name.slice(0, 1).toUpperCase()])) {
      lengths[letter === '' ? 0x22 : letter.charCodeAt(0) & 0xff]! |= bit;
    }
  }

  return (bytes, start, keyEnd) => {
    const length = keyEnd - start - 2;
    const bit = length > LONGEST ? 0xffffffff : 1 << length;
    return (lengths[bytes[start + 1]!]! & bit) !== 0;
  };
}
