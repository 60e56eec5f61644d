import { ALPHANUMERIC, byteClass, type FirstSight } from './first-sight.js';
import type { Span } from './span.js';
import { isWordEnd, isWordStart } from './word-boundary.js';

/**
 * The account numbers of each country, after its letters and two check digits: the count of digits (n), capitals (a)
 * and either (c). SWIFT's IBAN registry, release 101 (ISO 13616-2).
 */
const COUNTRIES = `
  AD8n12c AE19n AL8n16c AT16n AZ4a20c BA16n BE12n BG4a6n8c BH4a14c BI23n BR23n1a1c BY4c4n16c CH5n12c CR18n CY8n16c
  CZ20n DE18n DJ23n DK14n DO4c20n EE16n EG25n ES20n FI14n FK2a12n FO14n FR10n11c2n GB4a14n GE2a16n GI4a15c GL14n
  GR7n16c GT24c HN4a20n HR17n HU24n IE4a14n IL19n IQ4a15n IS22n IT1a10n12c JO4a4n18c KW4a22c KZ3n13c LB4n20c LC4a24c
  LI5n12c LT16n LU3n13c LV4a13c LY21n MC10n11c2n MD20c ME18n MK3n10c2n MN16n MR23n MT4a5n18c MU4a19n3a NI4a20n NL4a10n
  NO11n OM3n16c PK4a16c PL24n PS4a21c PT21n QA4a21c RO4a16c RS18n RU14n15c SA2n18c SC4a20n3a SD14n SE20n SI15n SK20n
  SM1a10n12c SO19n ST21n SV4a20n TL19n TN20n TR6n16c UA6n19c VA18n VG4a16n XK16n YE4a4n18c`;

/** The shortest IBAN: Norway's. */
const MIN_CHARACTERS = 15;

const CLASSES: Readonly<Record<string, string>> = { n: '[0-9]', a: '[A-Z]', c: '[0-9A-Z]' };

/** Length and character classes of an IBAN, by country. */
const FORMS = new Map(
  COUNTRIES.trim()
    .split(/\s+/)
    .map(country => {
      const parts = [...country.slice(2).matchAll(/(\d+)([nac])/g)];
      const length = parts.reduce((sum, [, count]) => sum + Number(count), 'DE00'.length);
      const form = parts.map(([, count, kind]) => `${CLASSES[kind!]}{${count}}`).join('');
      return [country.slice(0, 2), { length, form: new RegExp(`^[A-Z]{2}[0-9]{2}${form}$`) }] as const;
    }),
);

/** The letters of a country and the check digits, all upper or lower case. */
const START = /(?=[A-Z]{2}[0-9]{2}|[a-z]{2}[0-9]{2})/g;

/**
 * A separator of groups of four: a space of any width, a hyphen, a dot, an underscore, a slash, the plus of URL
 * encoding.
 */
const SEPARATOR = /[ \u00a0\u2000-\u200a\u202f\u3000\u2010-\u2015.\-_+/\t]/;

/** Finds valid IBANs in a text (ISO 13616-1), contiguous or in groups of four. */
export function findIbans(text: string): Span[] {
  const found: Span[] = [];
  let free = 0;
  for (const { index: start } of text.matchAll(START)) {
    const end = start < free ? undefined : ibanEnd(text, start);
    if (end === undefined || !isIbanStart(text, start)) continue;
    found.push({ start, end });
    free = end;
  }
  return found;
}

/** True unless letters precede, other than the word itself: `IBANDE89...`. */
function isIbanStart(text: string, at: number): boolean {
  return isWordStart(text, at) || /(?<![0-9A-Za-z])iban$/i.test(text.slice(Math.max(0, at - 5), at));
}

/** Returns the offset after the IBAN that begins at `at`; undefined without one. */
function ibanEnd(text: string, at: number): number | undefined {
  const length = FORMS.get(text.slice(at, at + 2).toUpperCase())?.length;
  if (length === undefined) return undefined;
  const separator = SEPARATOR.exec(text[at + 4] ?? '')?.[0] ?? '';
  // A group of a longer id, such as a UUID, cannot start an IBAN.
  if (separator === '-' && text[at - 1] === '-') return undefined;
  let end = at;
  let characters = '';
  while (characters.length < length) {
    const group = separator === '' ? length : Math.min(4, length - characters.length);
    if (characters !== '') {
      if (!text.startsWith(separator, end)) return undefined;
      end += separator.length;
    }
    characters += text.slice(end, end + group);
    end += group;
    if (end > text.length) return undefined;
  }
  return isWordEnd(text, end) && isIban(characters) ? end : undefined;
}

/**
 * True for an IBAN: the length and characters of its country, letters in one case, valid check digits (ISO 7064, MOD
 * 97-10).
 */
export function isIban(characters: string): boolean {
  const capitals = characters.toUpperCase();
  if (characters !== capitals && characters !== characters.toLowerCase()) return false;
  const country = FORMS.get(capitals.slice(0, 2));
  if (!country?.form.test(capitals)) return false;
  let rest = 0;
  for (const character of capitals.slice(4) + capitals.slice(0, 4)) {
    const value = parseInt(character, 36);
    rest = (rest * (value < 10 ? 10 : 100) + value) % 97;
  }
  return rest === 1;
}

/** IBAN lengths by country, its letters as five bits each; 0 for any other pair. */
const LENGTHS = new Uint8Array(1024);
for (const [country, { length }] of FORMS) LENGTHS[pair(country.charCodeAt(0), country.charCodeAt(1))] = length;

function pair(first: number, second: number): number {
  return ((first & 31) << 5) | (second & 31);
}

const DIGIT = 1;
const LETTER = 2;
const KINDS = byteClass(ALPHANUMERIC).fill(LETTER, 0x41, 0x5b).fill(LETTER, 0x61, 0x7b);

/**
 * The length of an IBAN that may begin at `at`; 0 unless its four bytes are the letters of a country and two digits.
 */
function lengthAt(bytes: Uint8Array, at: number): number {
  if (KINDS[bytes[at]!] !== LETTER || KINDS[bytes[at + 1]!] !== LETTER) return 0;
  if (KINDS[bytes[at + 2]!] !== DIGIT || KINDS[bytes[at + 3]!] !== DIGIT) return 0;
  return LENGTHS[pair(bytes[at]!, bytes[at + 1]!)]!;
}

/** Letters and digits that may precede an IBAN within a word: `IBAN`, and those of escapes. */
const MAX_BEFORE = 6;

/** True when a word ends with a contiguous IBAN. */
function isCompact(bytes: Uint8Array, from: number, to: number): boolean {
  const last = Math.min(from + (isAfterEscape(bytes, from) ? MAX_BEFORE : 0), to - MIN_CHARACTERS);
  for (let at = from; at <= last; at++) if (lengthAt(bytes, at) === to - at) return true;
  return false;
}

/** True for a word that begins with the rest of an escape, or with `IBAN`. */
function isAfterEscape(bytes: Uint8Array, from: number): boolean {
  const before = bytes[from - 1];
  return before === 0x25 || before === 0x5c || before === 0x5b || (bytes[from]! | 32) === 0x69;
}

/** Groups of four, and equally many escaped separators. */
const MAX_GROUPS = 18;

/** The longest separator, in UTF-8 bytes. */
const MAX_SEPARATOR = 3;

/** True when the word between two offsets may be a group of an IBAN: searches the first group leftwards. */
function isGrouped(bytes: Uint8Array, from: number, to: number): boolean {
  let [start, end] = [from, to];
  for (let groups = 0; groups < MAX_GROUPS; groups++) {
    const isEscaped = isAfterEscape(bytes, start);
    if (end - start === 4 || (end - start > 4 && isEscaped)) {
      // A group of a longer id, such as a UUID, cannot start an IBAN.
      const isInId = bytes[end - 5] === 0x2d && bytes[end] === 0x2d;
      if (!isInId && lengthAt(bytes, end - 4) > 0) return true;
    } else if (groups > 0) return false;
    if (end - start > 4 && !isEscaped) return false;
    let before = start - 1;
    while (before >= start - MAX_SEPARATOR && KINDS[bytes[before]!] === 0 && bytes[before] !== 0x22) before--;
    if (before === start - 1 || !KINDS[bytes[before]!]) return false;
    end = before + 1;
    start = before;
    while (KINDS[bytes[start - 1]!]) start--;
  }
  return false;
}

/** True when a string may hold an IBAN. Samples one word for every {@link MIN_CHARACTERS} bytes. */
function hasIban(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start + MIN_CHARACTERS - 1; i < end;) {
    while (i < end && KINDS[bytes[i]!] === 0) i++;
    let from = i;
    let to = i;
    while (from > start && KINDS[bytes[from - 1]!] !== 0) from--;
    while (to < end && KINDS[bytes[to]!] !== 0) to++;
    if (to - from >= MIN_CHARACTERS ? isCompact(bytes, from, to) : isGrouped(bytes, from, to)) return true;
    i = to + MIN_CHARACTERS - 1;
  }
  return false;
}

/** Words as long as an IBAN, and groups of four. */
export const ibanSight: FirstSight = { scan: { least: MIN_CHARACTERS, test: hasIban } };
