/*
 * Tells cheaply that a string holds nothing that a detector could find, over its bytes as they came, while its end is
 * looked for: most events are passed on with that. It may be wrong the other way: what it suspects is looked at
 * closely. Escapes count, since `\u0040` is an at sign.
 */
import { CARD_DIGITS, isCardNumber } from './credit-card.js';
import type { Detector } from './detectors.js';

/** The offset after the closing quote of the JSON string whose opening quote is at `at`; negative when there may be something to find in it. */
export type StringSearch = (bytes: Uint8Array, at: number) => number;

/** Bytes worth a closer look; all others are 0. */
const QUOTE = 1;
const ESCAPE = 2;
const AT = 3;
const PERCENT = 4;
const AMPERSAND = 5;
const FULL_WIDTH = 6;
const DOT = 7;
const COLON = 8;
const UNUSUAL = 9;

/** The longest an IPv6 address is written: RFC 4291, section 2.2, with the IPv4 form of its end. */
const IPV6_CHARACTERS = 45;

const isDigit = (c: number | undefined): boolean => c !== undefined && c >= 0x30 && c <= 0x39;
const isHex = (c: number | undefined): boolean =>
  c !== undefined && (isDigit(c) || ((c | 32) >= 0x61 && (c | 32) <= 0x66));

/** Creates the search of values for some detectors. */
export function valueSearch(detectors: readonly Detector[]): StringSearch {
  const isTelling = detectors.length > 0 ? isTellingEscape : () => false;
  return stringSearch(stopsOf(detectors), detectors.includes('credit-card'), isTelling);
}

/** Creates the search of keys: one with an escape or a letter beyond ASCII always comes out negative. */
export function keySearch(detectors: readonly Detector[]): StringSearch {
  const stops = stopsOf(detectors);
  stops.fill(UNUSUAL, 0x80);
  return stringSearch(stops, detectors.includes('credit-card'), () => true);
}

function stopsOf(detectors: readonly Detector[]): Uint8Array {
  const stops = new Uint8Array(256);
  stops[0x22] = QUOTE;
  stops[0x5c] = ESCAPE;
  if (detectors.includes('email')) {
    stops[0x40] = AT;
    stops[0x26] = AMPERSAND;
    stops[0xef] = FULL_WIDTH;
  }
  if (detectors.includes('ip')) {
    stops[0x2e] = DOT;
    stops[0x3a] = COLON;
  }
  if (detectors.includes('email') || detectors.includes('ip')) stops[0x25] = PERCENT;
  return stops;
}

function stringSearch(
  stops: Uint8Array,
  findsCards: boolean,
  isTelling: (bytes: Uint8Array, at: number) => boolean,
): StringSearch {
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
      } else if (!isSuspect) isSuspect = isFind(stop, bytes, i);
      i++;
    }
    if (findsCards && !isSuspect && i - at > CARD_DIGITS.least) isSuspect = hasCardDigits(bytes, at + 1, i);
    return isSuspect ? -i - 1 : i + 1;
  };
}

/** Whether what a byte at `at` stops for may be there. */
function isFind(stop: number, bytes: Uint8Array, at: number): boolean {
  switch (stop) {
    case DOT:
      return isDottedQuad(bytes, at);
    case COLON:
      return isIPv6Like(bytes, at);
    case PERCENT:
      return isEncodedSign(bytes, at);
    case AMPERSAND:
      return bytes[at + 1] === 0x23 || bytes[at + 1] === 0x63;
    case FULL_WIDTH:
      return (bytes[at + 1] === 0xbc && bytes[at + 2] === 0xa0) || (bytes[at + 1] === 0xb9 && bytes[at + 2] === 0xab);
    default:
      return true;
  }
}

/** `%40` and `%3A`, also encoded again. */
function isEncodedSign(bytes: Uint8Array, at: number): boolean {
  let i = at + 1;
  while (bytes[i] === 0x32 && bytes[i + 1] === 0x35) i += 2;
  return (bytes[i] === 0x34 && bytes[i + 1] === 0x30) || (bytes[i] === 0x33 && (bytes[i + 1]! | 32) === 0x61);
}

/**
 * `\u00XX` of a printable ASCII character or a no-break space, and those blocks of Unicode that have other spellings of
 * at signs, spaces, dots and hyphens; also within the JSON that a string holds. Digits that follow any escape, or a
 * dot, are told from those of its code only when it is read.
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

/** Whether the dot at `at` is the first of three with numbers around them. */
function isDottedQuad(bytes: Uint8Array, at: number): boolean {
  if (!isDigit(bytes[at - 1])) return false;
  let i = at;
  for (let dots = 0; ; dots++) {
    if (dots === 3) return true;
    if (bytes[i] !== 0x2e || !isDigit(bytes[i + 1])) return false;
    i += 2;
    while (isDigit(bytes[i])) i++;
  }
}

/** Whether the colon at `at` is one of two in a row, or the first of seven with hexadecimal digits between. */
function isIPv6Like(bytes: Uint8Array, at: number): boolean {
  if (bytes[at + 1] === 0x3a) return true;
  if (!isHex(bytes[at - 1])) return false;
  let colons = 1;
  for (let i = at + 1; i < at + IPV6_CHARACTERS; i++) {
    if (bytes[i] === 0x3a) {
      if (bytes[i + 1] === 0x3a || ++colons === 7) return true;
    } else if (!isHex(bytes[i]) && bytes[i] !== 0x2e) return false;
  }
  return false;
}

/** What a number in groups consists of; with the bytes of UTF-8 that other spaces and hyphens have. */
const IN_GROUPS = new Uint8Array(256).fill(1, 0x30, 0x3a).fill(1, 0x80, 0xc0);
for (const byte of [0x20, 0x2d, 0x2e, 0xc2, 0xe2, 0xe3]) IN_GROUPS[byte] = 1;

/** Whether there are digits that may be a card number. So many bytes in a row are needed that only every so many-th is looked at. */
function hasCardDigits(bytes: Uint8Array, start: number, end: number): boolean {
  const stride = CARD_DIGITS.least;
  for (let i = start + stride - 1; i < end;) {
    if (IN_GROUPS[bytes[i]!] === 0) {
      i += stride;
      continue;
    }
    let from = i;
    let to = i + 1;
    while (from > start && IN_GROUPS[bytes[from - 1]!] === 1) from--;
    while (to < end && IN_GROUPS[bytes[to]!] === 1) to++;
    if (to - from >= stride && mayBeCard(bytes, from, to)) return true;
    i = to + stride;
  }
  return false;
}

function mayBeCard(bytes: Uint8Array, from: number, to: number): boolean {
  let start = from;
  let end = to;
  // Digits that only others of a hexadecimal number join are a part of an id.
  const before = wordAt(bytes, from - 1, -1);
  const after = wordAt(bytes, to, 1);
  if (before === HEX && after !== WORD) while (start < end && isDigit(bytes[start])) start++;
  if (after === HEX && before !== WORD) while (start < end && isDigit(bytes[end - 1])) end--;
  while (start < end && !isDigit(bytes[start])) start++;
  while (start < end && !isDigit(bytes[end - 1])) end--;
  let digits = 0;
  let dot = -1;
  for (let i = start; i < end; i++) {
    if (isDigit(bytes[i])) digits++;
    else if (bytes[i] === 0x2e) dot = i;
  }
  if (digits < CARD_DIGITS.least) return false;
  const marks = end - start - digits;
  if (marks === 1 && dot >= 0) return dot - start >= CARD_DIGITS.least;
  if (marks > 0) return true;
  return digits <= CARD_DIGITS.most && isCardNumber(Buffer.from(bytes.subarray(start, end)).toString('latin1'));
}

const HEX = 1;
const WORD = 2;

/** What the letters and digits from `at` on are, in one direction: none, hexadecimal digits, or others too. Those after a backslash may be its escape's. */
function wordAt(bytes: Uint8Array, at: number, direction: 1 | -1): number {
  let i = at;
  while (isHex(bytes[i])) i += direction;
  const c = bytes[i]!;
  if (((c | 32) > 0x66 && (c | 32) <= 0x7a) || (c === 0x5c && direction < 0)) return WORD;
  return i === at ? 0 : HEX;
}
