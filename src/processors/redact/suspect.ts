/*
 * A cheap test that a string contains nothing for a detector, made on its bytes while its end is searched: it clears
 * most events. It may report false positives, which are examined closely. Escapes count, since `\u0040` is an at sign.
 */
import { byteClass, isDigit, type ByteTest, type FirstSight } from './first-sight.js';

/**
 * The offset after the closing quote of the JSON string whose opening quote is at `at`; negative when it may contain a
 * finding.
 */
export type StringSearch = (bytes: Uint8Array, at: number) => number;

/** Classes of bytes to stop at: these three, and those from FIRST_TEST on for detectors. All others are 0. */
const QUOTE = 1;
const ESCAPE = 2;
const ODD = 3;
const FIRST_TEST = 4;

/** Creates the search in values for some detectors. */
export function valueSearch(sights: readonly FirstSight[]): StringSearch {
  const splitsDigits = sights.some(sight => sight.splitsDigits);
  const isTelling = (bytes: Uint8Array, at: number): boolean =>
    isTellingEscape(bytes, at) || (splitsDigits && isBetweenDigits(bytes, at));
  return stringSearch(sights, sights.length > 0 ? isTelling : () => false, []);
}

/** Creates the search in keys: always negative for a key with an escape or a letter beyond ASCII. */
export function keySearch(sights: readonly FirstSight[]): StringSearch {
  const beyondAscii = Array.from({ length: 0x80 }, (_, i) => 0x80 + i);
  return stringSearch(sights, () => true, beyondAscii);
}

/** @param odd bytes that always make a string suspect */
function stringSearch(sights: readonly FirstSight[], isTelling: ByteTest, odd: readonly number[]): StringSearch {
  const { stops, tests } = stopsOf(sights, odd);
  const scans = sights.flatMap(({ scan }) => (scan ? [scan] : []));
  return (bytes, at) => {
    const table = stops;
    let isSuspect = false;
    let i = at + 1;
    for (;;) {
      let stop = table[bytes[i]!]!;
      while (stop === 0) stop = table[bytes[++i]!]!;
      if (stop === QUOTE) break;
      if (stop === ESCAPE) {
        isSuspect ||= isTelling(bytes, i);
        i++;
      } else if (!isSuspect) isSuspect = tests[stop]!(bytes, i);
      i++;
    }
    const isPassed = scans.length === 0 || (i - at === UUID_BYTES + 1 && isUuid(bytes, at + 1));
    for (let s = 0; s < scans.length && !isSuspect && !isPassed; s++) {
      const { least, test } = scans[s]!;
      if (i - at > least) isSuspect = test(bytes, at + 1, i);
    }
    return isSuspect ? -i - 1 : i + 1;
  };
}

/** RFC 9562, section 4. */
const UUID_BYTES = 36;
const IN_UUID = byteClass('0123456789abcdefABCDEF-');

/** True for a UUID, which many events contain several of: detectors find nothing in one. */
function isUuid(bytes: Uint8Array, at: number): boolean {
  if (bytes[at + 8] !== 0x2d || bytes[at + 13] !== 0x2d || bytes[at + 18] !== 0x2d || bytes[at + 23] !== 0x2d) {
    return false;
  }
  for (let i = at; i < at + UUID_BYTES; i++) if (IN_UUID[bytes[i]!] === 0) return false;
  return true;
}

/** A table of bytes to stop at, and the test of each class in it. */
function stopsOf(sights: readonly FirstSight[], odd: readonly number[]): { stops: Uint8Array; tests: ByteTest[] } {
  const stops = new Uint8Array(256);
  stops[0x22] = QUOTE;
  stops[0x5c] = ESCAPE;
  const tests: ByteTest[] = Array<ByteTest>(FIRST_TEST).fill(() => true);
  const byByte = new Map<number, ByteTest[]>();
  for (const [byte, test] of sights.flatMap(sight => sight.stops ?? [])) {
    byByte.set(byte, [...(byByte.get(byte) ?? []), test]);
  }
  for (const [byte, ofByte] of byByte) stops[byte] = tests.push(eitherOf(ofByte)) - 1;
  for (const byte of odd) stops[byte] = ODD;
  return { stops, tests };
}

function eitherOf([first, ...others]: readonly ByteTest[]): ByteTest {
  if (others.length === 0) return first!;
  const second = eitherOf(others);
  return (bytes, at) => first!(bytes, at) || second(bytes, at);
}

/**
 * True for `\u00XX` of a printable ASCII character or a no-break space, and for the blocks of Unicode with variants of
 * at signs, spaces, dots and hyphens; also in JSON nested in the string. Digits after any escape, or a dot, can be told
 * from those of its code only by decoding.
 */
function isTellingEscape(bytes: Uint8Array, at: number): boolean {
  const u = bytes[at + 1] === 0x5c ? at + 2 : at + 1;
  if (bytes[u] !== 0x75) return false;
  if (isDigit(bytes[u + 5]) || bytes[u + 5] === 0x2e) return true;
  const first = bytes[u + 1]! | 32;
  const second = bytes[u + 2]! | 32;
  if (first === 0x66) return second === 0x65 || second === 0x66;
  if (second !== 0x30) return false;
  const third = bytes[u + 3]! | 32;
  return first === 0x32 || first === 0x33 || (first === 0x30 && ((third >= 0x32 && third <= 0x37) || third === 0x61));
}

/** An escape after four digits and before another: `4111\t1111`, also in JSON nested in the string. */
function isBetweenDigits(bytes: Uint8Array, at: number): boolean {
  if (!isDigit(bytes[at - 1]) || !isDigit(bytes[at - 2]) || !isDigit(bytes[at - 3]) || !isDigit(bytes[at - 4])) {
    return false;
  }
  let i = at + 1;
  while (bytes[i] === 0x5c) i++;
  return isDigit(bytes[i + (bytes[i] === 0x75 ? 5 : 1)]) || isDigit(bytes[i]);
}
