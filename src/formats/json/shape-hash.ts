import { integerKind, KIND, SAFE_DIGITS } from '../../core/attribute.js';

/*
 * The two 32-bit lanes of an event's shape hash. Both are needed: with one, a store with some ten thousand shapes would
 * see a collision. A collision costs no data: an attribute registers with the next event that has it.
 */

/** The seeds of the lanes. */
export const SHAPE_SEED_1 = 0x811c9dc5 | 0;
export const SHAPE_SEED_2 = 0x2f0b4c47;

/** Mixes a byte into the first lane (FNV-1a). */
export function mix1(lane: number, byte: number): number {
  return Math.imul(lane ^ byte, 0x01000193);
}

/** Mixes a byte into the second lane. */
export function mix2(lane: number, byte: number): number {
  return Math.imul(lane ^ byte, 0x85ebca6b);
}

/** Combines the lanes into a number that a double holds exactly. */
export function shapeHash(lane1: number, lane2: number): number {
  return (lane1 >>> 0) * 0x200000 + (lane2 >>> 11);
}

/** The bytes that represent the parts of an event in its shape's hash. */
export const SHAPE = {
  object: 0x7b,
  endObject: 0x7d,
  array: 0x61,
  key: 0x3a,
  string: 0x73,
  integer: 0x69,
  /** Integers past 64 bits, by their size: an attribute registers with each. */
  unsigned: 0x75,
  long: 0x6c,
  huge: 0x68,
  double: 0x64,
  boolean: 0x74,
  null: 0x6e,
} as const;

/** The part of a shape's hash for an integer: `digits` from offset `from`, without leading zeros. */
export function integerShape(bytes: Uint8Array, from: number, digits: number, isNegative: boolean): number {
  if (digits <= SAFE_DIGITS || (digits === SAFE_DIGITS + 1 && bytes[from]! < 0x39)) return SHAPE.integer;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, digits).toString('latin1');
  return SHAPE_OF_KIND[integerKind(text, isNegative)]!;
}

/** The part of a shape's hash for an integer in a text. */
export function integerTextShape(text: string): number {
  const isNegative = text.startsWith('-');
  const digits = text.length - (isNegative ? 1 : 0);
  if (digits <= SAFE_DIGITS) return SHAPE.integer;
  return SHAPE_OF_KIND[integerKind(isNegative ? text.slice(1) : text, isNegative)]!;
}

const SHAPE_OF_KIND: Readonly<Record<number, number>> = {
  [KIND.integer]: SHAPE.integer,
  [KIND.unsigned]: SHAPE.unsigned,
  [KIND.long]: SHAPE.long,
  [KIND.huge]: SHAPE.huge,
};
