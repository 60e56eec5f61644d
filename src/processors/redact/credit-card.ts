import { afterPercent, isDigit, isHex, someRun, type FirstSight } from './first-sight.js';
import { merged, type Span } from './span.js';

/** Digits, in groups of any length separated by a space or a hyphen of any typographic width. */
const GROUPS = /\d(?:[ \u00a0\u2000-\u200a\u202f\u3000\u2010-\u2015\u2212-]?\d)*/g;

/**
 * Other separators of groups: any character but letters and digits, optionally between two spaces. A comma followed by
 * a space separates the numbers of a list.
 */
const SEPARATOR = '(?: (?![,;])[^\\p{L}\\p{N}] |[^\\p{L}\\p{N}])';

/** Groups as printed on cards, with one separator throughout: groups of four and the rest, or 4, 6 and the rest. */
const PRINTED = new RegExp(
  `(?<!\\d)\\d{4}(${SEPARATOR})(?:\\d{6}\\1\\d{4,5}|\\d{4}\\1\\d{4}\\1\\d{1,4}(?:\\1\\d{1,3})?)(?!\\d)`,
  'gu',
);

/** The minimum and maximum number of digits of a card number: ISO/IEC 7812-1 and the issuers. */
export const CARD_DIGITS = { least: 13, most: 19 } as const;

/** Maestro, UnionPay and Discover: ids of chats and social networks have equally many digits. */
const LONG = /^(?:50(?:18|20|38)|5893|6)/;

/**
 * The prefixes of each length, as issuers use them. Times since 1970 in ms, µs and ns have 13, 16 and 19 digits and
 * begin with 1; one in ten passes the check digit. Cards never begin with 1, nor with the 20 of a year.
 */
const BEGINS: Readonly<Record<number, RegExp>> = {
  13: /^4/,
  14: /^3(?:0[0-5]|[689])/,
  15: /^(?:3[47]|2131)/,
  16: /^(?:2[2-7]|[3-9])/,
  17: LONG,
  18: LONG,
  19: /^(?:4|6|3(?:0[0-5]|[5689])|50(?:18|20|38)|5893)/,
};

/**
 * True when digits are a card number: by their count, their prefix and the check digit (Luhn, ISO/IEC 7812-1 annex B).
 */
export function isCardNumber(digits: string): boolean {
  if (!BEGINS[digits.length]?.test(digits)) return false;
  let sum = 0;
  for (let i = digits.length - 1, isDoubled = false; i >= 0; i--, isDoubled = !isDoubled) {
    const digit = digits.charCodeAt(i) - 0x30;
    sum += isDoubled ? (digit < 5 ? 2 * digit : 2 * digit - 9) : digit;
  }
  return sum % 10 === 0;
}

/** True when a card number may begin with this digit: any above 1. */
export function mayBeginCard(digit: number | undefined): boolean {
  return digit !== undefined && digit > 0x31 && digit <= 0x39;
}

/**
 * The digits of a JSON number that is an integer, even when written with a fraction or an exponent; empty for any
 * other.
 */
export function cardDigits(number: string): string {
  const [, whole = '', fraction = '', exponent = '0'] = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number) ?? [];
  const digits = whole + fraction;
  const length = whole.length + Number(exponent);
  if (length < CARD_DIGITS.least || length > CARD_DIGITS.most) return '';
  return /^0*$/.test(digits.slice(length)) ? digits.slice(0, length).padEnd(length, '0') : '';
}

/**
 * Finds card numbers in a text: consecutive digits, digits in groups of any length separated by spaces or hyphens, or
 * groups as printed on cards with any one separator.
 */
export function findCards(text: string): Span[] {
  const found = findGrouped(text);
  for (const match of text.matchAll(PRINTED)) {
    const span = printedCard(text, match);
    if (span) found.push(span);
  }
  return merged(found);
}

function findGrouped(text: string): Span[] {
  const found: Span[] = [];
  for (const { 0: run, index } of text.matchAll(GROUPS)) {
    if (run.length < CARD_DIGITS.least) continue;
    const groups = [...run.matchAll(/\d+/g)].map(group => ({ digits: group[0], at: index + group.index }));
    for (let first = 0; first < groups.length; first++) {
      const last = cardEnd(text, groups, first);
      if (last < 0) continue;
      const { at, digits } = groups[last]!;
      found.push({ start: groups[first]!.at, end: at + digits.length });
      first = last;
    }
  }
  return found;
}

interface Group {
  readonly digits: string;
  readonly at: number;
}

/** The last group of the longest card number that starts with group `first`; -1 without such a number. */
function cardEnd(text: string, groups: readonly Group[], first: number): number {
  let digits = '';
  let longest = -1;
  if (!mayBeginCard(groups[first]!.digits.charCodeAt(0))) return longest;
  for (let last = first; last < groups.length && digits.length < CARD_DIGITS.most; last++) {
    const group = groups[last]!;
    digits += group.digits;
    if (isCardNumber(digits) && standsAlone(text, groups[first]!.at, group.at + group.digits.length)) longest = last;
  }
  return longest;
}

/** False for a part of an id (a UUID, hexadecimal digits) or of a decimal number, but true before a `.0`. */
function standsAlone(text: string, start: number, end: number): boolean {
  const before = text.slice(Math.max(0, start - 64), start);
  const after = text.slice(end, end + 64);
  if (/\d\.$/.test(before) || /^\.(?!0+(?!\d))\d/.test(after)) return false;
  const word = (/[0-9A-Za-z]*$/.exec(before)?.[0] ?? '') + (/^[0-9A-Za-z]*/.exec(after)?.[0] ?? '');
  if (word !== '' && /^[0-9a-f]*$/i.test(word)) return false;
  return !/[0-9a-f]-$/i.test(before) && !/^-[0-9a-f]/i.test(after);
}

/** The card number in printed groups; without the last group when only the shorter number has a valid check digit. */
function printedCard(text: string, { 0: printed, 1: separator, index: start }: RegExpExecArray): Span | undefined {
  const shorter = printed.slice(0, printed.lastIndexOf(separator!));
  const card = [printed, shorter].find(groups => isCardNumber(groups.split(separator!).join('')));
  if (card === undefined) return undefined;
  const end = start + card.length;
  return standsAlone(text, start, end) && !isInList(text, start, end, separator!) ? { start, end } : undefined;
}

/** True when groups precede or follow: those of an IPv6 address, an id or a version, or of a list in brackets. */
function isInList(text: string, start: number, end: number, separator: string): boolean {
  const before = text.slice(Math.max(0, start - 64), start);
  const after = text.slice(end, end + 64);
  if (/[,;]/.test(separator) && /[[({]\s*$/.test(before) && /^\s*[\])}]/.test(after)) return true;
  const left = before.endsWith(separator) ? before.slice(0, -separator.length) : undefined;
  const right = after.startsWith(separator) ? after.slice(separator.length) : undefined;
  return isGroup(/[0-9A-Za-z]*$/, left, separator) || isGroup(/^[0-9A-Za-z]*/, right, separator);
}

/**
 * True when the word next to a separator, if any, is a group of an id: hexadecimal digits, or empty between two
 * separators.
 */
function isGroup(word: RegExp, text: string | undefined, separator: string): boolean {
  if (text === undefined || separator === ' ') return false;
  const group = word.exec(text)?.[0] ?? '';
  if (group === '') return text.endsWith(separator) || text.startsWith(separator);
  return /^[0-9a-f]+$/i.test(group) && (/\d/.test(group) || group.length % 4 === 0);
}

/** All bytes but letters, quotes and backslashes: digits and possible separators. */
const IN_RUN = new Uint8Array(256).fill(1).fill(0, 0x41, 0x5b).fill(0, 0x61, 0x7b);
IN_RUN[0x22] = IN_RUN[0x5c] = 0;

/** Spaces and hyphens between groups of any length, including the UTF-8 bytes of those beyond ASCII. */
const BETWEEN_ANY = new Uint8Array(256).fill(1, 0x80, 0xc0);
for (const byte of [0x20, 0x2d, 0xc2, 0xe2, 0xe3]) BETWEEN_ANY[byte] = 1;

/** The longest separator between printed groups, in bytes: two spaces and a UTF-8 character. */
const MAX_SEPARATOR = 6;

/** True when the bytes of a run may hold the digits of a card number. */
function mayBeCard(bytes: Uint8Array, from: number, to: number): boolean {
  let digits = 0;
  for (let i = from; i < to; i++) if (bytes[i]! <= 0x39 && bytes[i]! >= 0x30) digits++;
  return digits >= CARD_DIGITS.least && hasCardGroups(bytes, from, to);
}

function hasCardGroups(bytes: Uint8Array, from: number, to: number): boolean {
  let start = from;
  let end = to;
  // Digits joined only by other hexadecimal digits are a part of an id.
  const before = wordAt(bytes, from - 1, -1);
  const after = wordAt(bytes, to, 1);
  if (before === HEX && after !== WORD) while (start < end && isDigit(bytes[start])) start++;
  if (after === HEX && before !== WORD) while (start < end && isDigit(bytes[end - 1])) end--;

  /**
   * Digits of the groups so far separated by spaces and hyphens. The lengths of the last groups are kept as decimal
   * digits, the newest lowest: 446 for 4, 4 and 6.
   */
  let joined = 0;
  let lengths = 0;
  for (let i = start; i < end;) {
    if (!isDigit(bytes[i])) {
      i++;
      continue;
    }
    const group = afterPercent(bytes, i);
    while (i < end && isDigit(bytes[i])) i++;
    const length = i - group;
    if (length <= 0) continue;
    if (length >= CARD_DIGITS.least && isCardAt(bytes, group, i)) return true;
    joined += length;
    if (joined >= CARD_DIGITS.least && joined > length) return true;
    lengths = (lengths % 100) * 10 + Math.min(length, 9);
    if (mayBePrinted(lengths, length)) return true;
    const gap = i;
    while (i < end && !isDigit(bytes[i])) i++;
    if (i - gap > MAX_SEPARATOR) lengths = 0;
    for (let j = gap; j < i; j++) if (BETWEEN_ANY[bytes[j]!] === 0) joined = 0;
  }
  return false;
}

/** True when the last groups are three fours, or 4, 6 and a further one. */
function mayBePrinted(lengths: number, length: number): boolean {
  return lengths === 444 || (Math.floor(lengths / 10) === 46 && (length === 4 || length === 5));
}

function isCardAt(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > CARD_DIGITS.most) return false;
  return isCardNumber(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1'));
}

const HEX = 1;
const WORD = 2;

/**
 * The kind of the word at `at`, in one direction: 0 for no letters or digits, else hexadecimal digits only or others
 * too. Letters after a backslash may belong to its escape.
 */
function wordAt(bytes: Uint8Array, at: number, direction: 1 | -1): number {
  let i = at;
  while (isHex(bytes[i])) i += direction;
  const c = bytes[i]!;
  if (((c | 32) > 0x66 && (c | 32) <= 0x7a) || (c === 0x5c && direction < 0)) return WORD;
  return i === at ? 0 : HEX;
}

/** A percent sign or ampersand after a group: an escaped separator may begin there. */
function isAfterGroup(bytes: Uint8Array, at: number): boolean {
  return isDigit(bytes[at - 1]) && isDigit(bytes[at - 2]) && isDigit(bytes[at - 3]) && isDigit(bytes[at - 4]);
}

/** Runs of digits and separators, testing one byte in 13, and escapes after four digits. */
export const cardSight: FirstSight = {
  stops: [
    [0x25, isAfterGroup],
    [0x26, isAfterGroup],
  ],
  scan: {
    least: CARD_DIGITS.least,
    test: (bytes, start, end) => someRun(bytes, start, end, IN_RUN, CARD_DIGITS.least, mayBeCard),
  },
  splitsDigits: true,
};
