/*
 * The cheap half of a detector: tests over the bytes of a JSON string, made while its end is searched. They may report
 * false positives, never false negatives: a string that passes all of them is forwarded unread.
 */

/** A test of the bytes around an offset. */
export type ByteTest = (bytes: Uint8Array, at: number) => boolean;

/** A test of the bytes between two offsets. */
export type RangeTest = (bytes: Uint8Array, start: number, end: number) => boolean;

/** The tests of one detector. They ignore escapes: a string with an escape of an ASCII character is always suspect. */
export interface FirstSight {
  /** Bytes that every finding contains, and the test of their surroundings. */
  readonly stops?: readonly (readonly [byte: number, test: ByteTest])[];
  /** For findings without such a byte: a test of a whole string of at least `least` bytes. */
  readonly scan?: { readonly least: number; readonly test: RangeTest };
  /** Set when separators may be escapes of any character: an escape between digits is suspect. */
  readonly splitsDigits?: boolean;
}

/** True for a byte that is an ASCII digit. */
export const isDigit = (c: number | undefined): boolean => c !== undefined && c >= 0x30 && c <= 0x39;

/** True for a byte that is a hexadecimal digit. */
export const isHex = (c: number | undefined): boolean =>
  c !== undefined && (isDigit(c) || ((c | 32) >= 0x61 && (c | 32) <= 0x66));

/** True for a byte that is an ASCII letter. */
export const isLetter = (c: number | undefined): boolean => c !== undefined && (c | 32) >= 0x61 && (c | 32) <= 0x7a;

/** A class of bytes: 1 for its members. */
export type ByteClass = Uint8Array;

/** Creates a class of bytes from the characters of a text. */
export function byteClass(characters: string): ByteClass {
  const members = new Uint8Array(256);
  for (const character of characters) members[character.charCodeAt(0)] = 1;
  return members;
}

/** The ASCII digits and letters. */
export const ALPHANUMERIC = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/**
 * True when a run of at least `least` bytes of a class passes the test. Samples one byte in `least` until it meets the
 * class.
 */
export function someRun(
  bytes: Uint8Array,
  start: number,
  end: number,
  members: ByteClass,
  least: number,
  test: RangeTest,
): boolean {
  for (let i = start + least - 1; i < end;) {
    if (members[bytes[i]!] === 0) {
      i += least;
      continue;
    }
    let from = i;
    let to = i + 1;
    while (from > start && members[bytes[from - 1]!] === 1) from--;
    while (to < end && members[bytes[to]!] === 1) to++;
    if (to - from >= least && test(bytes, from, to)) return true;
    i = to + least;
  }
  return false;
}

/** Returns the offset of the first digit of a group at `at` that does not belong to a percent-encoding (`%22`, `%2522`) before it. */
export function afterPercent(bytes: Uint8Array, at: number): number {
  if (bytes[at - 1] !== 0x25) return at;
  let i = at;
  while (bytes[i] === 0x32 && bytes[i + 1] === 0x35) i += 2;
  return isDigit(bytes[i]) && isDigit(bytes[i + 1]) ? i + 2 : i;
}

/** True when the ASCII text is at the offset. */
export function hasTextAt(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}
