/*
 * Tells cheaply that an event holds nothing that a detector could find, over its bytes as they came: most events are
 * passed on with that. It may be wrong the other way: what it suspects is looked at closely. Escapes count, since
 * `\u0040` is an at sign.
 */
import { CARD_DIGITS, isCardNumber } from './credit-card.js';
import type { Detector } from './detectors.js';

/** Whether there may be something to find between two offsets. */
export type Suspect = (bytes: Uint8Array, start: number, end: number) => boolean;

/** Bytes worth a closer look; all others are 0. */
const enum Trigger {
  At = 1,
  Percent,
  Escape,
  Dot,
  Colon,
}

/** The longest an IPv6 address is written: RFC 4291, section 2.2, with the IPv4 form of its end. */
const IPV6_CHARACTERS = 45;

const isDigit = (c: number | undefined): boolean => c !== undefined && c >= 0x30 && c <= 0x39;
const isHex = (c: number | undefined): boolean =>
  c !== undefined && (isDigit(c) || ((c | 32) >= 0x61 && (c | 32) <= 0x66));

/** Creates the check for some detectors. */
export function suspectFor(detectors: readonly Detector[]): Suspect {
  const triggers = new Uint8Array(256);
  if (detectors.length > 0) triggers[0x5c] = Trigger.Escape;
  if (detectors.includes('email')) {
    triggers[0x40] = Trigger.At;
    triggers[0x25] = Trigger.Percent;
  }
  if (detectors.includes('ip')) {
    triggers[0x2e] = Trigger.Dot;
    triggers[0x3a] = Trigger.Colon;
  }
  const findsCards = detectors.includes('credit-card');

  return (bytes, start, end) => {
    for (let i = start; ; i++) {
      while (i < end && triggers[bytes[i]!] === 0) i++;
      if (i >= end) break;
      switch (triggers[bytes[i]!]) {
        case Trigger.At:
          return true;
        case Trigger.Percent:
          if (bytes[i + 1] === 0x34 && bytes[i + 2] === 0x30) return true;
          continue;
        case Trigger.Escape:
          if (isAsciiEscape(bytes, i)) return true;
          continue;
        case Trigger.Dot:
          if (isDottedQuad(bytes, i, start, end)) return true;
          continue;
        default:
          if (isIPv6Like(bytes, i, start, end)) return true;
      }
    }
    return findsCards && hasCardDigits(bytes, start, end);
  };
}

/** `\u00XX` of a printable ASCII character; also within the JSON that a string holds. */
function isAsciiEscape(bytes: Uint8Array, at: number): boolean {
  const u = bytes[at + 1] === 0x5c ? at + 2 : at + 1;
  const high = bytes[u + 3]!;
  return bytes[u] === 0x75 && bytes[u + 1] === 0x30 && bytes[u + 2] === 0x30 && high >= 0x32 && high <= 0x37;
}

/** Whether the dot at `at` is the first of three with numbers around them. */
function isDottedQuad(bytes: Uint8Array, at: number, start: number, end: number): boolean {
  if (at === start || !isDigit(bytes[at - 1])) return false;
  let i = at;
  for (let dots = 0; ; dots++) {
    if (dots === 3) return true;
    if (bytes[i] !== 0x2e || !isDigit(bytes[i + 1])) return false;
    i += 2;
    while (i < end && isDigit(bytes[i])) i++;
  }
}

/** Whether the colon at `at` is one of two in a row, or the first of seven with hexadecimal digits between. */
function isIPv6Like(bytes: Uint8Array, at: number, start: number, end: number): boolean {
  if (bytes[at + 1] === 0x3a) return true;
  if (at === start || !isHex(bytes[at - 1])) return false;
  let colons = 1;
  for (let i = at + 1; i < end && i < at + IPV6_CHARACTERS; i++) {
    if (bytes[i] === 0x3a) {
      if (bytes[i + 1] === 0x3a || ++colons === 7) return true;
    } else if (!isHex(bytes[i]) && bytes[i] !== 0x2e) return false;
  }
  return false;
}

/** What a number in groups consists of. */
const IN_GROUPS = new Uint8Array(256).fill(1, 0x30, 0x3a);
IN_GROUPS[0x20] = IN_GROUPS[0x2d] = 1;

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
  let digits = 0;
  for (let i = from; i < to; i++) if (isDigit(bytes[i])) digits++;
  if (digits < CARD_DIGITS.least) return false;
  if (digits < to - from) return true;
  return digits <= CARD_DIGITS.most && isCardNumber(Buffer.from(bytes.subarray(from, to)).toString('latin1'));
}
