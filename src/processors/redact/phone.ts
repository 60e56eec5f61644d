/*
 * Longer than most files: the notations of phone numbers and the cheap tests for them stay together.
 */
import { afterPercent, isDigit, isLetter, someRun, type FirstSight } from './first-sight.js';
import { merged, type Span } from './span.js';
import type { ValueByName } from './value-by-name.js';

/**
 * Country calling codes (ITU-T E.164, list of assigned codes), by the maximum number of digits after them in fixed and
 * mobile numbers of the national plans.
 */
const CALLING_CODES: readonly (readonly [most: number, codes: string])[] = [
  [5, '290 247 500 682'],
  [6, '298 299 672 681 687'],
  [7, '683 690 676 677 678 688 597 238 239 246 248 269 291 297 501 592 673 674 679 680 691 692 960'],
  [
    8,
    '686 230 241 267 372 507 599 670 675 961 975 45 47 65 216 222 223 226 227 228 232 235 236 253 257 266 268 350 356 357 370 371 373 374 382 386 389 502 503 504 505 506 509 591 598 689 800 808 852 853 965 968 973 974 993',
  ],
  [
    9,
    '27 40 252 359 376 421 508 46 48 220 231 254 265 354 423 595 967 32 36 51 66 213 224 250 258 264 355 377 385 387 593 855 886 962 963 970 971 33 34 41 56 61 93 94 211 212 218 221 233 237 240 242 244 245 249 251 255 256 260 261 262 263 351 375 380 420 590 594 596 966 979 992 994 995 996 998',
  ],
  [
    10,
    '82 358 685 53 63 95 98 880 243 353 20 57 60 64 378 850 856 964 976 977 44 81 84 92 881 1 7 30 52 58 90 91 225 229 234',
  ],
  [11, '352 86 31 54 55 888'],
  [12, '39 62 381 882 383 883 972 870 878'],
  [13, '43 49'],
];

const MAX_BY_CODE = new Map(CALLING_CODES.flatMap(([most, codes]) => codes.split(' ').map(code => [code, most])));

/**
 * E.164 numbers have at most 15 digits including the country code; shorter numbers than this exist only on some
 * islands.
 */
const MAX_DIGITS = 15;
const MIN_DIGITS = 8;

/** A sign and fewer digits than this, without a separator, may be any number. */
const MIN_BARE_DIGITS = 9;

/**
 * The separators of groups: a space, hyphen, dot or slash, the plus of URL encoding, and parentheses around an area
 * code.
 */
const MARK = '[ \\u00a0\\u2000-\\u200a\\u202f+./\\u2010-\\u2015-]';
const JOINT = `(?:${MARK}?\\(|\\)${MARK}?|${MARK})`;
const DIGITS = `([1-9](?:${JOINT}?\\d){6,14})(?!\\d)`;

/** After a plus sign (RFC 3966 and E.123), or after the prefix 00 and at least one separator. */
const INTERNATIONAL = new RegExp(`\\+\\(?${DIGITS}|(?<![.,])00(?=[1-9]\\d{0,2}${MARK})${DIGITS}`, 'g');

/**
 * North American Numbering Plan: area code and exchange begin with 2 to 9. Spaces alone may separate columns of
 * numbers.
 */
const NORTH_AMERICAN =
  /(?:1[ .-])?(?:\([2-9]\d{2}\) ?[2-9]\d{2}[ .-]\d{4}|[2-9]\d{2}-[2-9]\d{2}-\d{4}|[2-9]\d{2}\.[2-9]\d{2}\.\d{4})(?![\p{L}\p{N}]|[.-][\p{L}\p{N}])/gu;

/**
 * Countries that write a 0 before the area code: groups with one separator throughout, or the area code in parentheses
 * or before a slash.
 */
const WITH_ZERO =
  /(?:0[1-9]\d{0,4}([ \u00a0\u2009\u202f.-])\d{2,8}(?:\1\d{2,5}){0,4}|\(0[1-9]\d{0,4}\) ?\d{2,8}(?:[ -]\d{2,8}){0,3}|0[1-9]\d{1,4} ?\/ ?\d{2,8}(?:[ -]\d{2,5}){0,3})(?![\p{L}\p{N}]|[.:/-][\p{L}\p{N}])/gu;

/**
 * Characters that a phone number never follows: letters and digits, the dot, comma or slash of a longer number, the
 * hyphen of an id, another plus.
 */
const NOT_BEFORE = /(?:[\p{L}\p{N}+]|\d[.,:/]|[\p{L}\p{N}]-)$/u;

/** The minimum and maximum number of digits of a number that begins with 0, by notation. */
const WITH_ZERO_DIGITS = { grouped: [10, 11], pairs: [9, 11], areaCode: [9, 12] } as const;

/** Four numbers up to this, separated by dots, are an IPv4 address. */
const MAX_IN_ADDRESS = 255;

/** Names whose values are phone numbers. */
const NAME = '(?:(?:tele|cell)?phone|mobile|msisdn|fax|tel|whatsapp)(?:[_. -]?(?:no|nr|num|number))?';

/** The value after such a name: a number without a sign or separators, which is ambiguous elsewhere. */
const NAMED = new RegExp(`(${NAME})["']? ?[:=] ?["']?(\\+?\\d{7,15})(?![\\p{L}\\p{N}]|[.-]\\d)`, 'giu');

/**
 * Finds phone numbers in a text: international ones after `+` or `00`, and the common national notations. Digits
 * without a sign or separators count only by their name.
 */
export function findPhones(text: string): Span[] {
  const found: Span[] = [];
  const add = (start: number, end: number | undefined): void => {
    if (end !== undefined) found.push({ start, end });
  };
  const isFree = (start: number): boolean => !NOT_BEFORE.test(text.slice(Math.max(0, start - 3), start));
  for (const { 0: all, 1: name, 2: value, index } of text.matchAll(NAMED)) {
    const end = index + all.length;
    if (isNameStart(text.slice(0, index), name!)) add(end - value!.length, end);
  }
  for (const match of text.matchAll(INTERNATIONAL)) {
    const number = (match[1] ?? match[2])!;
    const from = match.index + match[0].length - number.length;
    if (isFree(match.index)) add(match.index, internationalEnd(text, number, from));
  }
  for (const { 0: all, index } of text.matchAll(NORTH_AMERICAN)) if (isFree(index)) add(index, index + all.length);
  for (const { 0: all, 1: separator, index } of text.matchAll(WITH_ZERO)) {
    if (isFree(index) && !isColumn(text, index, all, separator)) add(index, withZeroEnd(all, separator, index));
  }
  return merged(found);
}

/** A group of digits within a number. */
interface Group {
  readonly digits: string;
  readonly end: number;
  /** Digits up to its end. */
  readonly total: number;
}

function groupsOf(number: string): Group[] {
  let total = 0;
  return [...number.matchAll(/\d+/g)].map(({ 0: digits, index }) => ({
    digits,
    end: index + digits.length,
    total: (total += digits.length),
  }));
}

/** The offset after the number whose calling code begins at `from`; undefined when the digits fit no country. */
function internationalEnd(text: string, number: string, from: number): number | undefined {
  const groups = groupsOf(number);
  const digits = groups.map(group => group.digits).join('');
  const code = [1, 2, 3].map(length => digits.slice(0, length)).find(prefix => MAX_BY_CODE.has(prefix));
  if (code === undefined) return undefined;
  const trunk = number.includes('(0)') ? 1 : 0;
  const most = Math.min(MAX_DIGITS, code.length + MAX_BY_CODE.get(code)! + trunk);
  const isFitting = ({ total, digits: last }: Group, i: number): boolean => {
    if (code === '1' && total === MIN_DIGITS) return isLocal(groups.slice(0, i + 1));
    if (code === '1') return total === most && digits[1]! > '1';
    if (code === '7') return total === most;
    return total <= most && total >= (i === 0 ? MIN_BARE_DIGITS : MIN_DIGITS) && last.length > 1;
  };
  const last = groups.findLastIndex(isFitting);
  if (last < 0 || (groups.length === 1 && digits.length > most)) return undefined;
  // A signed decimal number.
  if (groups[0]!.digits.length >= MIN_DIGITS - 1 && /^\d+\.\d/.test(number)) return undefined;
  const end = from + groups[last]!.end;
  if (groups.length === 1 && /^[.,]\d/.test(text.slice(end, end + 2))) return undefined;
  return /^(?!x\d|ext)[\p{L}\p{N}]/u.test(text.slice(end, end + 4)) ? undefined : end;
}

/**
 * True for `+1-555-0100`, a North American number without its area code; false for the offset of a time followed by a
 * year.
 */
function isLocal(groups: readonly Group[]): boolean {
  return groups.map(({ digits }) => digits.length).join() === '1,3,4';
}

/** True for numbers in a space-separated row: columns, or the bytes of a hexadecimal dump. */
function isColumn(text: string, start: number, number: string, separator: string | undefined): boolean {
  if (separator?.trim() !== '') return false;
  const end = start + number.length;
  return (
    /[0-9A-Fa-f]\s$/.test(text.slice(Math.max(0, start - 2), start)) ||
    /^\s[0-9A-Fa-f]{2}\b/.test(text.slice(end, end + 4))
  );
}

/** The offset after the number that begins with 0 at `start`; undefined for other digits, such as a date. */
function withZeroEnd(number: string, separator: string | undefined, start: number): number | undefined {
  const groups = groupsOf(number);
  const lengths = groups.map(({ digits }) => digits.length);
  if (lengths.join().startsWith('2,2,4') && /^(?:19|20)/.test(groups[2]!.digits)) return undefined;
  if (groups.length > 5 && lengths.every(length => length === 2)) return undefined;
  const isPairs = groups.length >= 4 && lengths.slice(-2).every(length => length === 2);
  if (separator === '.' && (!isPairs || isAddress(groups))) return undefined;
  const [least, most] = WITH_ZERO_DIGITS[separator === undefined ? 'areaCode' : isPairs ? 'pairs' : 'grouped'];
  const last = groups.findLast(({ total }, i) => i > 0 && total >= least && total <= most);
  // Groups separated by spaces may be followed by other numbers; with another separator they are one word.
  if (!last || (last.end < number.length && separator?.trim() !== '')) return undefined;
  return start + last.end;
}

function isAddress(groups: readonly Group[]): boolean {
  return groups.length === 4 && groups.every(({ digits }) => Number(digits) <= MAX_IN_ADDRESS);
}

/** True at the start of a word, also in camel case. */
function isNameStart(before: string, name: string): boolean {
  const last = before.at(-1) ?? '';
  return !/[A-Za-z]/.test(last) || (/[a-z]/.test(last) && /^[A-Z]/.test(name));
}

const ENDS_AS_NAME = new RegExp(`${NAME}$`, 'i');
const WHOLE_NUMBER = /^\+?[ (]{0,2}\d(?:[ ().\-/]{0,2}\d){6,14}$/;

const MIN_NAMED_DIGITS = 7;

/** The longest such value in bytes: two separators before each of 15 digits. */
const MAX_NAMED_BYTES = 48;

/** The longest number with its separators in bytes, also in a URL. */
const MAX_BYTES = 96;

/** True when enough digits for a number follow, without letters other than those of escapes. */
function hasDigits(bytes: Uint8Array, at: number): boolean {
  let digits = 0;
  for (let i = at; i < at + MAX_BYTES; i++) {
    if (isDigit(bytes[i])) {
      if (++digits === MIN_NAMED_DIGITS) return true;
    } else if (bytes[i] === 0x22 || (isLetter(bytes[i]) && bytes[i - 1] !== 0x5c)) return false;
  }
  return false;
}

/** A percent sign of an encoded plus, colon or equals sign. */
function isEncodedSign(bytes: Uint8Array, at: number): boolean {
  let i = at + 1;
  while (bytes[i] === 0x32 && bytes[i + 1] === 0x35) i += 2;
  const second = bytes[i + 1]! | 32;
  if (bytes[i] === 0x32) return second === 0x62 && hasDigits(bytes, i + 2);
  return bytes[i] === 0x33 && (second === 0x61 || second === 0x64) && hasDigits(bytes, i + 2);
}

/** An opening parenthesis before an area code. */
function isAreaCode(bytes: Uint8Array, at: number): boolean {
  let i = at + 1;
  while (isDigit(bytes[i])) i++;
  return i > at + 2 && bytes[i] === 0x29 && hasDigits(bytes, at + 1);
}

/** A colon or equals sign after the last letter of a name and before enough digits. */
function isAfterName(bytes: Uint8Array, at: number): boolean {
  let before = at - 1;
  while (bytes[before] === 0x20 || bytes[before] === 0x5c || bytes[before] === 0x27) before--;
  // The quote of a name in nested JSON, unless it opens this string.
  if (bytes[before] === 0x22 && bytes[before - 1] === 0x5c) {
    before--;
    while (bytes[before] === 0x5c) before--;
  }
  if (!isLetter(bytes[before])) return false;
  let after = at + 1;
  while (bytes[after] === 0x20 || bytes[after] === 0x5c || bytes[after] === 0x27) after++;
  if (bytes[after] === 0x22 && bytes[after - 1] === 0x5c) after++;
  if (bytes[after] !== 0x2b && !isDigit(bytes[after])) return false;
  return hasDigits(bytes, after);
}

/** Digits, and possible separators of a national number without parentheses. */
const IN_RUN = new Uint8Array(256).fill(1, 0x30, 0x3a).fill(1, 0x80);
for (const byte of [0x20, 0x25, 0x2d, 0x2e, 0x2f]) IN_RUN[byte] = 1;

/** The shortest such number, with its separator. */
const MIN_RUN = 10;

/** True when a run contains groups of a North American number, or one that begins with 0 and is long enough. */
function mayBeNational(bytes: Uint8Array, from: number, to: number): boolean {
  let lengths = 0;
  let sinceZero = -1;
  for (let i = from; i < to;) {
    if (!isDigit(bytes[i])) {
      i++;
      continue;
    }
    const group = afterPercent(bytes, i);
    while (i < to && isDigit(bytes[i])) i++;
    const length = i - group;
    if (length <= 0) continue;
    lengths = (lengths % 100) * 10 + Math.min(length, 9);
    if (lengths === 334) return true;
    if (sinceZero >= 0 && (sinceZero += length) >= WITH_ZERO_DIGITS.pairs[0]) return true;
    if (sinceZero < 0 && bytes[group] === 0x30 && length < MIN_RUN) sinceZero = length;
  }
  return false;
}

/** Signs, area codes and names by their bytes; national numbers by their groups. */
export const phoneSight: FirstSight = {
  stops: [
    [0x2b, (bytes, at) => hasDigits(bytes, at + 1)],
    [0x25, isEncodedSign],
    [0x28, isAreaCode],
    [0x3a, isAfterName],
    [0x3d, isAfterName],
  ],
  scan: {
    least: MIN_RUN,
    test: (bytes, start, end) => someRun(bytes, start, end, IN_RUN, MIN_RUN, mayBeNational),
  },
};

/** True for a string or number of digits and separators of a phone number. */
function isDigits(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > MAX_NAMED_BYTES) return false;
  for (let i = start; i < end; i++) {
    const c = bytes[i]!;
    // PHP escapes the slash.
    if ((c > 0x39 || c < 0x20) && c !== 0x5c) return false;
  }
  return hasDigits(bytes, start);
}

/** 7 to 15 digits in any notation, as the value of a key with such a name. */
export const PHONES_BY_NAME: ValueByName = {
  least: MIN_NAMED_DIGITS,
  mayBe: isDigits,
  isName: key => {
    const name = ENDS_AS_NAME.exec(key);
    return name !== null && isNameStart(key.slice(0, name.index), name[0]);
  },
  isValue: value => WHOLE_NUMBER.test(value),
};
