import type { Key, KeySet } from './key-set.js';

/*
 * A binary fuse filter with four places a key: T. M. Graf and D. Lemire, Binary Fuse Filters: Fast and Smaller Than Xor
 * Filters, ACM Journal of Experimental Algorithmics 27 (2022). A key passes when the exclusive or of the values at its
 * places is its fingerprint. Each key of the set passes, and of other keys one in 2^bits.
 */

/** The shape of a filter: with it, and without the values, a key has its places. */
export interface FuseShape {
  /** Bits of a fingerprint, 1 to 8. */
  readonly bits: number;
  readonly seed: number;
  /** The length of a segment, as a power of two. */
  readonly segmentBits: number;
  /** The number of segments in which the first place of a key may be; 0 for the filter of an empty set. */
  readonly segments: number;
}

/** A set of keys that never denies one of them. */
export interface FuseFilter extends FuseShape {
  /** The values, packed from the lowest bit of each byte on. */
  readonly values: Uint8Array;
}

const ARITY = 4;

/** Three places of a key take this many bits each of one half of its hash. */
export const MAX_SEGMENT_BITS = 10;

/** Attempts at a filter, each with another seed. Few fail. */
const MAX_ATTEMPTS = 100;

/** Returns a filter of keys; undefined when no seed gives one, which random keys do not bring about. */
export function buildFuseFilter(keys: KeySet, bits: number): FuseFilter | undefined {
  const { size } = keys;
  if (size === 0) return { bits, seed: 0, segmentBits: 0, segments: 0, values: new Uint8Array(0) };
  const geometry = geometryOf(size);
  for (let seed = 1; seed <= MAX_ATTEMPTS; seed++) {
    const shape = { bits, seed, ...geometry };
    const values = new FuseBuilder(shape, keys).values();
    if (values) return { ...shape, values: packed(values, bits) };
  }
  return undefined;
}

/** False when a key is surely none of those that the filter was built of. */
export function mayHold(filter: FuseFilter, { low, high }: Key): boolean {
  if (filter.segments === 0) return false;
  const places = new Places(filter);
  const [a, b] = [firstHalf(low, high, filter.seed), secondHalf(low, high, filter.seed)];
  const value =
    valueAt(filter, places.first(a)) ^
    valueAt(filter, places.second(a, b)) ^
    valueAt(filter, places.third(a, b)) ^
    valueAt(filter, places.fourth(a, b));
  return value === places.fingerprint(a, b);
}

/** The number of bytes of the values of a filter. */
export function valueBytes({ bits, segmentBits, segments }: Omit<FuseShape, 'seed'>): number {
  return segments === 0 ? 0 : bytesFor(slotsOf({ segmentBits, segments }), bits);
}

/** With a byte more than the bits take: a value may lie across two bytes, and both are read. */
function bytesFor(slots: number, bits: number): number {
  return Math.ceil((slots * bits) / 8) + 1;
}

type Geometry = Pick<FuseShape, 'segmentBits' | 'segments'>;

/** Sizes by the formulas of the paper's authors for four places. */
function geometryOf(size: number): Geometry {
  const log = Math.log(Math.max(2, size));
  const segmentBits = Math.min(MAX_SEGMENT_BITS, Math.max(2, Math.floor(log / Math.log(2.91) - 0.5)));
  const factor = Math.max(1.075, 0.77 + (0.305 * Math.log(600_000)) / log);
  return { segmentBits, segments: Math.max(1, Math.ceil((size * factor) / 2 ** segmentBits) - (ARITY - 1)) };
}

function slotsOf({ segmentBits, segments }: Geometry): number {
  return (segments + ARITY - 1) << segmentBits;
}

/** Half of a key mixed with a seed, as an unsigned integer of 32 bits. */
function firstHalf(low: number, high: number, seed: number): number {
  let a = low ^ seed;
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ high;
  a = Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  a = Math.imul(a ^ (a >>> 16), 0x7feb352d);
  return (a ^ (a >>> 15)) >>> 0;
}

/** The other half: together they tell apart keys as well as 64 bits do. */
function secondHalf(low: number, high: number, seed: number): number {
  let b = high ^ Math.imul(seed, 0x9e3779b1);
  b = Math.imul(b ^ (b >>> 16), 0x27d4eb2f) ^ low;
  b = Math.imul(b ^ (b >>> 15), 0x165667b1);
  b = Math.imul(b ^ (b >>> 13), 0x846ca68b);
  return (b ^ (b >>> 16)) >>> 0;
}

/** The places of keys in a filter, and their fingerprints, by the two halves of a key. */
class Places {
  readonly #length: number;
  readonly #mask: number;
  readonly #scale: number;
  readonly #unused: number;

  constructor({ bits, segmentBits, segments }: FuseShape) {
    this.#length = 1 << segmentBits;
    this.#mask = this.#length - 1;
    this.#scale = (segments << segmentBits) / 2 ** 32;
    this.#unused = 32 - bits;
  }

  first(a: number): number {
    return Math.floor(a * this.#scale);
  }

  second(a: number, b: number): number {
    return (this.first(a) + this.#length) ^ (b & this.#mask);
  }

  third(a: number, b: number): number {
    return (this.first(a) + 2 * this.#length) ^ ((b >>> MAX_SEGMENT_BITS) & this.#mask);
  }

  fourth(a: number, b: number): number {
    return (this.first(a) + 3 * this.#length) ^ ((b >>> (2 * MAX_SEGMENT_BITS)) & this.#mask);
  }

  fingerprint(a: number, b: number): number {
    return Math.imul(a ^ (b >>> 7), 0x9e3779b1) >>> this.#unused;
  }
}

/** One attempt at a filter: peels the keys off, each at a place that no other key left has, and gives the places values. */
class FuseBuilder {
  readonly #places: Places;
  readonly #size: number;
  /** The number of keys left at each place. */
  readonly #counts: Uint16Array;
  /** The exclusive or of the first and of the second halves of the keys left at each place. */
  readonly #firsts: Uint32Array;
  readonly #seconds: Uint32Array;

  constructor(shape: FuseShape, keys: KeySet) {
    const slots = slotsOf(shape);
    this.#places = new Places(shape);
    this.#size = keys.size;
    this.#counts = new Uint16Array(slots);
    this.#firsts = new Uint32Array(slots);
    this.#seconds = new Uint32Array(slots);
    const { lows, highs } = keys;
    for (let i = 0; i < this.#size; i++) {
      const a = firstHalf(lows[i]!, highs[i]!, shape.seed);
      const b = secondHalf(lows[i]!, highs[i]!, shape.seed);
      this.#toggle(this.#places.first(a), a, b, 1);
      this.#toggle(this.#places.second(a, b), a, b, 1);
      this.#toggle(this.#places.third(a, b), a, b, 1);
      this.#toggle(this.#places.fourth(a, b), a, b, 1);
    }
  }

  /** The value at each place; undefined when some keys cannot be peeled off. */
  values(): Uint8Array | undefined {
    const [as, bs, taken] = [new Uint32Array(this.#size), new Uint32Array(this.#size), new Uint32Array(this.#size)];
    if (!this.#peel(as, bs, taken)) return undefined;
    const values = new Uint8Array(this.#counts.length);
    const places = this.#places;
    for (let i = this.#size - 1; i >= 0; i--) {
      const [a, b] = [as[i]!, bs[i]!];
      const others =
        values[places.first(a)]! ^
        values[places.second(a, b)]! ^
        values[places.third(a, b)]! ^
        values[places.fourth(a, b)]!;
      values[taken[i]!] = places.fingerprint(a, b) ^ others;
    }
    return values;
  }

  /** Fills in the halves of the keys and their own places, in the order of peeling. Returns false when some keys remain. */
  #peel(as: Uint32Array, bs: Uint32Array, taken: Uint32Array): boolean {
    const [counts, places] = [this.#counts, this.#places];
    // A place waits once at most: when one key is left at it.
    const waiting = new Uint32Array(counts.length);
    let [size, length] = [0, 0];
    const remove = (slot: number, a: number, b: number): void => {
      this.#toggle(slot, a, b, -1);
      if (counts[slot] === 1) waiting[length++] = slot;
    };
    for (let slot = 0; slot < counts.length; slot++) if (counts[slot] === 1) waiting[length++] = slot;
    while (length > 0) {
      const slot = waiting[--length]!;
      if (counts[slot] !== 1) continue;
      const [a, b] = [this.#firsts[slot]!, this.#seconds[slot]!];
      as[size] = a;
      bs[size] = b;
      taken[size++] = slot;
      remove(places.first(a), a, b);
      remove(places.second(a, b), a, b);
      remove(places.third(a, b), a, b);
      remove(places.fourth(a, b), a, b);
    }
    return size === this.#size;
  }

  #toggle(slot: number, a: number, b: number, by: 1 | -1): void {
    this.#counts[slot]! += by;
    this.#firsts[slot]! ^= a;
    this.#seconds[slot]! ^= b;
  }
}

function packed(values: Uint8Array, bits: number): Uint8Array {
  const bytes = new Uint8Array(bytesFor(values.length, bits));
  for (let i = 0; i < values.length; i++) {
    const bit = i * bits;
    const shifted = values[i]! << (bit & 7);
    bytes[bit >>> 3]! |= shifted;
    bytes[(bit >>> 3) + 1]! |= shifted >>> 8;
  }
  return bytes;
}

function valueAt({ values, bits }: FuseFilter, slot: number): number {
  const bit = slot * bits;
  const pair = values[bit >>> 3]! | (values[(bit >>> 3) + 1]! << 8);
  return (pair >>> (bit & 7)) & ((1 << bits) - 1);
}
