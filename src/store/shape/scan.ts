/*
 * The function that scans is over 60 lines long: one pass over the characters, whose state is in local variables, without
 * a call for each token.
 */
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

/** The slots that a scan has found, in the order of the text. Used again by each scan. */
export class Slots {
  readonly starts = new Int32Array(MAX_SLOTS);
  readonly ends = new Int32Array(MAX_SLOTS);
  /** First characters of the kinds, see {@link kind}. */
  readonly codes = new Uint8Array(MAX_SLOTS);
  readonly notes: Note[] = [];
  count = 0;

  kind(slot: number): SlotKind {
    return KIND_OF[this.codes[slot]!]!;
  }
}

/** An event in parts: the texts of its slots, and the literals around them. */
export class ScannedEvent {
  /** See {@link scanSlots}. */
  readonly hash: number;
  readonly #bytes: Buffer;
  readonly #slots = new Slots();

  /** @param json one valid JSON value. */
  constructor(json: string) {
    this.#bytes = Buffer.from(json);
    this.hash = scanSlots(this.#bytes, 0, this.#bytes.length, this.#slots);
  }

  /** The number of slots. */
  get count(): number {
    return this.#slots.count;
  }

  kind(slot: number): SlotKind {
    return this.#slots.kind(slot);
  }

  /** The text of a slot. */
  value(slot: number): string {
    return this.#bytes.toString('utf8', this.#slots.starts[slot], this.#slots.ends[slot]);
  }

  /** The text before a slot, from the slot before it on. After the last slot there is one more. */
  literal(slot: number): string {
    const from = slot === 0 ? 0 : this.#slots.ends[slot - 1];
    return this.#bytes.toString('utf8', from, slot < this.count ? this.#slots.starts[slot] : this.#bytes.length);
  }
}

/**
 * Hashes the shape of an event: its text with a slot for each scalar and array. White space counts, so that an event is
 * rebuilt with the white space it was sent with. A collision costs space but no data, since the rebuilt text is
 * compared.
 * @param bytes have one valid JSON value between `from` and `to`.
 * @param slots receives the slots of the value, and the notes about its numbers.
 * @returns 53 bits; 0 for a value without a shape: anything but an object, or more slots than {@link MAX_SLOTS}.
 */
// eslint-disable-next-line max-lines-per-function -- one hot loop over local variables
export function scanSlots(bytes: Buffer, from: number, to: number, slots: Slots): number {
  slots.count = 0;
  if (slots.notes.length > 0) slots.notes.length = 0;
  if (bytes[from] !== OPEN_BRACE) return 0;
  const { starts, ends, codes, notes } = slots;
  let lane1 = SEED_1;
  let lane2 = SEED_2;
  let isValue = false;
  let count = 0;
  let at = from;
  while (at < to) {
    const start = at;
    const code = bytes[at]!;
    let kind: number;
    if (code === QUOTE) {
      at++;
      if (isValue) {
        while (at < to) {
          const c = bytes[at++]!;
          if (c === QUOTE) break;
          if (c === BACKSLASH) at++;
        }
        kind = QUOTE;
      } else {
        lane1 = Math.imul(lane1 ^ QUOTE, PRIME_1);
        lane2 = Math.imul(lane2 ^ QUOTE, PRIME_2);
        while (at < to) {
          let c = bytes[at++]!;
          lane1 = Math.imul(lane1 ^ c, PRIME_1);
          lane2 = Math.imul(lane2 ^ c, PRIME_2);
          if (c === QUOTE) break;
          if (c !== BACKSLASH) continue;
          c = bytes[at++]!;
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
    } else {
      at = valueEnd(bytes, start, to);
      kind = code === LETTER_N ? LETTER_N : scalarKind(bytes, start, at);
    }
    isValue = false;
    lane1 = Math.imul(lane1 ^ (kind | 0x100), PRIME_1);
    lane2 = Math.imul(lane2 ^ (kind | 0x100), PRIME_2);
    if (kind === LETTER_N) continue;
    pushNote(notes, count, kind, bytes, start, at);
    if (count === MAX_SLOTS) return 0;
    starts[count] = start;
    ends[count] = at;
    codes[count++] = kind;
  }
  slots.count = count;
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

/** The offset after a value that starts at `start` and is neither a string nor an object. */
export function valueEnd(bytes: Buffer, start: number, to: number): number {
  return bytes[start] === OPEN_BRACKET ? arrayEnd(bytes, start + 1, to) : wordEnd(bytes, start + 1, to);
}

/** The code of the kind of such a value, as in {@link Slots}; it is not null. */
export function scalarKind(bytes: Buffer, start: number, end: number): number {
  const code = bytes[start]!;
  if (code === OPEN_BRACKET) return OPEN_BRACKET;
  return code === LETTER_T || code === LETTER_F ? LETTER_T : numberKind(bytes, start, end);
}

/** Adds the note of a number to `notes`, if it has one. @param kind see {@link Slots}. */
export function pushNote(notes: Note[], slot: number, kind: number, bytes: Buffer, start: number, end: number): void {
  const isNoted = kind === ZERO ? end - start > SAFE_DIGITS : kind === MINUS && bytes[start] === MINUS;
  if (!isNoted) return;
  const bits = noteBits(bytes.toString('latin1', start, end), kind);
  if (bits !== 0) notes.push({ slot, bits });
}

/** The offset after the closing quote of a string whose content starts at `from`. */
function stringEnd(bytes: Buffer, from: number, to: number): number {
  let at = from;
  while (at < to) {
    const code = bytes[at++]!;
    if (code === QUOTE) break;
    if (code === BACKSLASH) at++;
  }
  return at;
}

function arrayEnd(bytes: Buffer, from: number, to: number): number {
  let depth = 1;
  let at = from;
  while (depth > 0 && at < to) {
    const code = bytes[at++]!;
    if (code === QUOTE) at = stringEnd(bytes, at, to);
    else if (code === OPEN_BRACKET) depth++;
    else if (code === CLOSE_BRACKET) depth--;
  }
  return at;
}

function wordEnd(bytes: Buffer, from: number, to: number): number {
  let at = from;
  for (; at < to; at++) {
    const code = bytes[at]!;
    if (code === COMMA || code === CLOSE_BRACE || code <= 0x20) break;
  }
  return at;
}

/** `0` for an integer of at most 38 digits, `h` for a longer one, `-` for any other number. */
function numberKind(bytes: Buffer, start: number, end: number): number {
  const first = bytes[start] === MINUS ? start + 1 : start;
  for (let i = first; i < end; i++) {
    const code = bytes[i]!;
    if (code < ZERO || code > ZERO + 9) return MINUS;
  }
  return end - first > LONG_DIGITS ? LETTER_H : ZERO;
}

/** The bits of a {@link Note}; 0 for a number without a note. */
function noteBits(text: string, kind: number): number {
  const isNegative = text.startsWith('-');
  if (kind === ZERO) return integerKind(isNegative ? text.slice(1) : text, isNegative) & ~KIND.integer;
  const mayBeZero = text.charCodeAt(1) === ZERO || TINY.test(text);
  return mayBeZero && Number(text) === 0 ? NEGATIVE_ZERO : 0;
}
