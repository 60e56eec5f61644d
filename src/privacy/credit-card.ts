import type { Span } from './span.js';

/** Digits, also in groups: with a space or a hyphen between, as wide or narrow as typesetters have them, or a dot. */
const GROUPS = /\d(?:[ \u00a0\u2000-\u200a\u202f\u3000\u2010-\u2015\u2212.-]?\d)*/g;

/** How many digits are in each group of a card that has dots between: others are numbers and versions. */
const DOTTED_GROUPS = new Set(['4.4.4.4', '4.6.5', '4.6.4', '4.4.4.4.3']);

/** The fewest and the most digits that a card number has: ISO/IEC 7812-1 and the issuers. */
export const CARD_DIGITS = { least: 13, most: 19 } as const;

/**
 * How the numbers of each length begin, as issuers use them. Times since 1970 in ms, µs and ns have 13, 16 and 19
 * digits, begin with 1, and one in ten passes the check digit: no card begins so.
 */
const BEGINS: Readonly<Record<number, RegExp>> = {
  13: /^4/,
  14: /^3(?:0[0-5]|[689])/,
  15: /^(?:3[47]|2131)/,
  16: /^[2-9]/,
  17: /^[56]/,
  18: /^[56]/,
  19: /^(?:[456]|3[05-9])/,
};

/** Whether digits are a card number: by their count, their beginning and the check digit (Luhn, ISO/IEC 7812-1 annex B). */
export function isCardNumber(digits: string): boolean {
  if (!BEGINS[digits.length]?.test(digits)) return false;
  let sum = 0;
  for (let i = digits.length - 1, isDoubled = false; i >= 0; i--, isDoubled = !isDoubled) {
    const digit = digits.charCodeAt(i) - 0x30;
    sum += isDoubled ? (digit < 5 ? 2 * digit : 2 * digit - 9) : digit;
  }
  return sum % 10 === 0;
}

/** Whether a card number may begin with this digit: with one above 1. */
export function mayBeginCard(digit: number | undefined): boolean {
  return digit !== undefined && digit > 0x31 && digit <= 0x39;
}

/** The digits of the whole number that a number of JSON is, also when it is written with a fraction or an exponent; none for another. */
export function cardDigits(number: string): string {
  const [, whole = '', fraction = '', exponent = '0'] = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number) ?? [];
  const digits = whole + fraction;
  const length = whole.length + Number(exponent);
  if (length < CARD_DIGITS.least || length > CARD_DIGITS.most) return '';
  return /^0*$/.test(digits.slice(length)) ? digits.slice(0, length).padEnd(length, '0') : '';
}

/** Finds the card numbers in a text: digits in a row, or in groups with a space, a hyphen or a dot between. */
export function findCards(text: string): Span[] {
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

/** The last of the groups that make up the longest card number which starts with group `first`; -1 when there is none. */
function cardEnd(text: string, groups: readonly Group[], first: number): number {
  let digits = '';
  let longest = -1;
  if (!mayBeginCard(groups[first]!.digits.charCodeAt(0))) return longest;
  for (let last = first; last < groups.length && digits.length < CARD_DIGITS.most; last++) {
    digits += groups[last]!.digits;
    if (!isCardNumber(digits)) continue;
    const parts = groups.slice(first, last + 1);
    if (isGrouped(text, parts) && standsAlone(text, parts[0]!, parts.at(-1)!)) longest = last;
  }
  return longest;
}

/** Where a dot is between the groups, all others are dots too, and the groups as long as those of a card. */
function isGrouped(text: string, groups: readonly Group[]): boolean {
  const between = groups.slice(1).map(({ at }) => text[at - 1]);
  if (!between.includes('.')) return true;
  return between.every(mark => mark === '.') && DOTTED_GROUPS.has(groups.map(({ digits }) => digits.length).join('.'));
}

/** A part of an id (a UUID, hexadecimal digits) or of a decimal number is no card number; one with `.0` behind it is. */
function standsAlone(text: string, first: Group, last: Group): boolean {
  const before = text.slice(Math.max(0, first.at - 64), first.at);
  const after = text.slice(last.at + last.digits.length, last.at + last.digits.length + 64);
  if (/\d\.$/.test(before) || /^\.(?!0+(?!\d))\d/.test(after)) return false;
  const word = (/[0-9A-Za-z]*$/.exec(before)?.[0] ?? '') + (/^[0-9A-Za-z]*/.exec(after)?.[0] ?? '');
  if (word !== '' && /^[0-9a-f]*$/i.test(word)) return false;
  return !/[0-9a-f]-$/i.test(before) && !/^-[0-9a-f]/i.test(after);
}
