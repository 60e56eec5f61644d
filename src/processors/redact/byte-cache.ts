/** A cache of short byte strings: gives each a slot, so that a repeated one is recognized without decoding it. */
export interface ByteCache {
  /** The slot of the bytes between two offsets; -1 when they have none. */
  find(bytes: Uint8Array, start: number, end: number): number;
  /** Assigns a slot, possibly evicting another text. Returns -1 for a text that is too long. */
  add(bytes: Uint8Array, start: number, end: number): number;
}

/** Slots probed before a text counts as new. The limit bounds the cost of deliberate collisions. */
const MAX_TRIES = 8;

/**
 * Creates a cache.
 * @param slots their number: a power of two
 * @param longest the longest text accepted, in bytes
 */
export function byteCache(slots: number, longest: number): ByteCache {
  const texts = new Uint8Array(slots * longest);
  const lengths = new Uint8Array(slots);
  const sums = new Int32Array(slots);

  /** FNV-1a, with the high bits mixed into the low ones, which select the slot. */
  function sumOf(bytes: Uint8Array, start: number, end: number): number {
    let sum = 0x811c9dc5 | 0;
    for (let i = start; i < end; i++) sum = Math.imul(sum ^ bytes[i]!, 0x01000193);
    return sum ^ (sum >>> 15);
  }

  function holds(slot: number, bytes: Uint8Array, start: number, length: number): boolean {
    for (let i = 0, at = slot * longest; i < length; i++) if (texts[at + i] !== bytes[start + i]) return false;
    return true;
  }

  return {
    find(bytes, start, end) {
      const length = end - start;
      if (length > longest || length === 0) return -1;
      const sum = sumOf(bytes, start, end);
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        const slot = (sum + tries) & (slots - 1);
        if (lengths[slot] === 0) return -1;
        if (sums[slot] === sum && lengths[slot] === length && holds(slot, bytes, start, length)) return slot;
      }
      return -1;
    },
    add(bytes, start, end) {
      const length = end - start;
      if (length > longest || length === 0) return -1;
      const sum = sumOf(bytes, start, end);
      let slot = sum & (slots - 1);
      for (let tries = 1; tries < MAX_TRIES && lengths[slot] !== 0; tries++) slot = (sum + tries) & (slots - 1);
      if (lengths[slot] !== 0) slot = sum & (slots - 1);
      texts.set(bytes.subarray(start, end), slot * longest);
      lengths[slot] = length;
      sums[slot] = sum;
      return slot;
    },
  };
}
