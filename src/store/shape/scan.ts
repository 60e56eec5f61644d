import { integerKind, KIND, LONG_DIGITS, SAFE_DIGITS } from '../../core/attribute.js';

/**
 * The kind of value that fills a slot: string, integer of at most 38 digits, longer integer, any other number, boolean,
 * array.
 */
export type SlotKind = 's' | 'i' | 'h' | 'd' | 'b' | 'a';

/** Bit of a {@link Note}, outside of the bits of KIND: the number is -0.0. */
export const NEGATIVE_ZERO = 1 << 30;

/** Properties of a number that the kind of its slot does not tell. */
export interface Note {
  readonly slot: number;
  /** KIND.unsigned, KIND.long or {@link NEGATIVE_ZERO}. */
  readonly bits: number;
}

/** A slot's part of an event's text. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly kind: SlotKind;
}

/** An event with more slots is kept as sent: DuckDB would take long to bind the statement that rebuilds it. */
const MAX_SLOTS = 400;

/** The end of a number that may be less than the smallest double: a negative exponent of three digits. */
const TINY = /[eE]-0*[1-9]\d{2,}$/;

const QUOTE = 0x22;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const ZERO = 0x30;
const LETTER_F = 0x66;
const LETTER_H = 0x68;
const LETTER_N = 0x6e;
const LETTER_T = 0x74;

/** FNV-1a plus a second lane: with 32 bits, two of ten thousand shapes would collide. */
const SEED_1 = 0x811c9dc5 | 0;
const SEED_2 = 0x2f0b4c47;
const PRIME_1 = 0x01000193;
const PRIME_2 = 0x85ebca6b;

/**
 * Hashes the shape of an event: its text with a slot for each scalar and array. White space counts, so that an event is
 * rebuilt with the white space it was sent with. A collision costs space but no data, since the rebuilt text is
 * compared.
 * @param json one valid JSON value.
 * @param spans receives the parts of the text that are slots, when given.
 * @param notes receives the notes about numbers, when given.
 * @returns 53 bits; 0 for a value without a shape: anything but an object, or more slots than {@link MAX_SLOTS}.
 */
export function scanShape(json: string, spans?: Span[], notes?: Note[]): number {
  if (json.charCodeAt(0) !== OPEN_BRACE) return 0;
  const { length } = json;
  let lane1 = SEED_1;
  let lane2 = SEED_2;
  let isValue = false;
  let slots = 0;
  let at = 0;
  while (at < length) {
    const start = at;
    const code = json.charCodeAt(at);
    let kind: number;
    if (code === QUOTE) {
      at = stringEnd(json, at + 1);
      if (isValue) kind = QUOTE;
      else {
        for (let i = start; i < at; i++) {
          const c = json.charCodeAt(i);
          lane1 = Math.imul(lane1 ^ c, PRIME_1);
          lane2 = Math.imul(lane2 ^ c, PRIME_2);
        }
        continue;
      }
    } else if (!isValue || code <= 0x20 || code === OPEN_BRACE) {
      lane1 = Math.imul(lane1 ^ code, PRIME_1);
      lane2 = Math.imul(lane2 ^ code, PRIME_2);
      isValue = code === COLON || (isValue && code <= 0x20);
      at++;
      continue;
    } else if (code === OPEN_BRACKET) {
      at = arrayEnd(json, at + 1);
      kind = OPEN_BRACKET;
    } else {
      at = wordEnd(json, at + 1);
      kind =
        code === LETTER_T || code === LETTER_F ? LETTER_T : code === LETTER_N ? LETTER_N : numberKind(json, start, at);
    }
    isValue = false;
    lane1 = Math.imul(lane1 ^ (kind | 0x100), PRIME_1);
    lane2 = Math.imul(lane2 ^ (kind | 0x100), PRIME_2);
    if (kind === LETTER_N) continue;
    if (notes && (kind === ZERO ? at - start > SAFE_DIGITS : kind === MINUS && code === MINUS)) {
      const bits = noteBits(json, start, at, kind);
      if (bits !== 0) notes.push({ slot: slots, bits });
    }
    if (++slots > MAX_SLOTS) return 0;
    spans?.push({ start, end: at, kind: KIND_OF[kind]! });
  }
  return (lane1 >>> 0) * 0x200000 + (lane2 >>> 11) || 1;
}

const KIND_OF: Readonly<Record<number, SlotKind>> = {
  [QUOTE]: 's',
  [OPEN_BRACKET]: 'a',
  [LETTER_T]: 'b',
  [ZERO]: 'i',
  [LETTER_H]: 'h',
  [MINUS]: 'd',
};

/** The offset after the closing quote of a string whose content starts at `from`. */
function stringEnd(json: string, from: number): number {
  for (let quote = json.indexOf('"', from); quote >= 0; quote = json.indexOf('"', quote + 1)) {
    let before = quote - 1;
    while (json.charCodeAt(before) === BACKSLASH) before--;
    if ((quote - before) % 2 === 1) return quote + 1;
  }
  return json.length;
}

function arrayEnd(json: string, from: number): number {
  let depth = 1;
  let at = from;
  while (depth > 0 && at < json.length) {
    const code = json.charCodeAt(at++);
    if (code === QUOTE) at = stringEnd(json, at);
    else if (code === OPEN_BRACKET) depth++;
    else if (code === CLOSE_BRACKET) depth--;
  }
  return at;
}

function wordEnd(json: string, from: number): number {
  let at = from;
  for (; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === COMMA || code === CLOSE_BRACE || code <= 0x20) break;
  }
  return at;
}

/** `0` for an integer of at most 38 digits, `h` for a longer one, `-` for any other number. */
function numberKind(json: string, start: number, end: number): number {
  const first = json.charCodeAt(start) === MINUS ? start + 1 : start;
  for (let i = first; i < end; i++) {
    const code = json.charCodeAt(i);
    if (code < ZERO || code > ZERO + 9) return MINUS;
  }
  return end - first > LONG_DIGITS ? LETTER_H : ZERO;
}

/** The bits of a {@link Note}; 0 for a number without a note. */
function noteBits(json: string, start: number, end: number, kind: number): number {
  const isNegative = json.charCodeAt(start) === MINUS;
  if (kind === ZERO) return integerKind(json.slice(isNegative ? start + 1 : start, end), isNegative) & ~KIND.integer;
  const text = json.slice(start, end);
  const mayBeZero = text.charCodeAt(1) === ZERO || TINY.test(text);
  return mayBeZero && Number(text) === 0 ? NEGATIVE_ZERO : 0;
}
