/** A text as a filter knows it: the low and high half of its hash of 64 bits, each an unsigned integer of 32 bits. */
export interface Key {
  readonly low: number;
  readonly high: number;
}

/** Slots of the table for each key that fits it, at least: linear probing is fast up to this load. */
const SLOTS_PER_KEY = 2;

/** Different keys, of which a known number fits. */
export class KeySet {
  readonly lows: Uint32Array;
  readonly highs: Uint32Array;
  /** The index of a key plus 1; 0 in an empty slot. */
  readonly #slots: Uint32Array;
  readonly #mask: number;
  #size = 0;

  /** @param capacity the number of keys that may be added, each one counted. */
  constructor(capacity: number) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(2, SLOTS_PER_KEY * capacity)));
    this.lows = new Uint32Array(capacity);
    this.highs = new Uint32Array(capacity);
    this.#slots = new Uint32Array(slots);
    this.#mask = slots - 1;
  }

  /** The number of different keys, which are the first of {@link lows} and {@link highs}. */
  get size(): number {
    return this.#size;
  }

  add(low: number, high: number): void {
    const [slots, lows, highs, mask] = [this.#slots, this.lows, this.highs, this.#mask];
    for (let slot = (low ^ Math.imul(high, 0x9e3779b1)) & mask; ; slot = (slot + 1) & mask) {
      const index = slots[slot]! - 1;
      if (index < 0) {
        lows[this.#size] = low;
        highs[this.#size] = high;
        slots[slot] = ++this.#size;
        return;
      }
      if (lows[index] === low && highs[index] === high) return;
    }
  }

  /** Removes all keys. */
  clear(): void {
    this.#slots.fill(0);
    this.#size = 0;
  }
}
