import { SAFE_DIGITS } from '../../core/attribute.js';
import { ENCODING, type EventMeta } from '../../core/event.js';
import {
  isLiteralAt,
  literalMemory,
  literalText,
  MAX_ALTERNATIVES,
  MAX_LITERAL_BYTES,
  MAX_LITERALS_BYTES,
  MAX_VAIN_SEARCHES,
  type LiteralText,
} from '../../core/literal-text.js';
import type { ObjectScanner } from '../decoder.js';
import { numberEnd, scanObject } from './fast-path.js';
import { EVENT_ID_LENGTH, isEventId } from './tokens.js';

/** Objects in smaller buffers are scanned: the view that reads a buffer by words takes longer to make than a scan. */
const MIN_BYTES = 4096;

/** Those in larger buffers as well: the last buffer is kept until the next one comes. */
const MAX_BYTES = 8 * 1024 * 1024;

/** Objects that are only scanned after too many searches in vain. */
const REST = 32_768;

const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const LETTER_F = 0x66;
const LETTER_N = 0x6e;
const LETTER_T = 0x74;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** The kinds of values between two literals; an id is one of the first two. */
const TEXT = 0;
const INTEGER = 1;
const DOUBLE = 2;
const BOOLEAN = 3;

/** An offset, which is less than 2^29, is shifted by these to share a small integer with a kind. */
const KIND_BITS = 2;
const KIND_MASK = 3;

/** The text up to the next value, or up to the end of the object. */
interface Literal extends LiteralText {
  /** True when the value that follows is that of the first top-level `event_id`. */
  readonly isId: boolean;
  /** The literals that may follow a value, by its kind. */
  readonly next: (Literal[] | undefined)[];
  /** The shape of the object that ends here; -1 for a literal that a value follows. */
  shape: number;
}

/**
 * The texts between the values of objects that were scanned before: keys, punctuation, nulls and white space. An object
 * with the same texts is valid when its values are, and has the same shape. Comparing whole words takes half of the time
 * of {@link scanObject}, which hashes each byte of the keys. Objects with arrays, escapes or long integers are scanned.
 */
export class KnownObjects implements ObjectScanner {
  #first: Literal[] = [];
  #memory = 0;
  #vain = 0;
  #rest = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));

  scan(bytes: Uint8Array, start: number, end: number, meta: EventMeta): number {
    if (bytes.length < MIN_BYTES || bytes.length > MAX_BYTES) return scanObject(bytes, start, end, meta);
    if (this.#rest > 0) {
      this.#rest--;
      return scanObject(bytes, start, end, meta);
    }
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    const found = find(this.#first, bytes, this.#view, start, end, meta);
    if (found >= 0) {
      if (this.#vain > 0) this.#vain--;
      return found;
    }
    const scanned = scanObject(bytes, start, end, meta);
    // The end of a chunk is often within an object.
    if (scanned >= 0) this.#add(bytes, start, scanned, meta.shape);
    return scanned;
  }

  /** Adds the literals of an object that a scan has found valid. */
  #add(bytes: Uint8Array, start: number, end: number, shape: number): void {
    if (++this.#vain > MAX_VAIN_SEARCHES) {
      // Perhaps the next ones are alike.
      this.#first = [];
      this.#memory = this.#vain = 0;
      this.#rest = REST;
      return;
    }
    const slots = slotsOf(bytes, start, end);
    let literals = this.#first;
    let from = start;
    for (const { at, end: after, kind, isId } of slots ?? []) {
      const literal = this.#literal(literals, bytes.subarray(from, at), isId);
      if (!literal) return;
      literals = literal.next[kind] ??= [];
      from = after;
    }
    const last = slots && this.#literal(literals, bytes.subarray(from, end), false);
    if (last) last.shape = shape;
  }

  #literal(literals: Literal[], bytes: Uint8Array, isId: boolean): Literal | undefined {
    const known = literals.find(literal => literal.bytes.equals(bytes));
    if (known) return known;
    const memory = literalMemory(bytes.length);
    const isFull = literals.length === MAX_ALTERNATIVES || this.#memory + memory > MAX_LITERALS_BYTES;
    if (isFull || bytes.length > MAX_LITERAL_BYTES) return undefined;
    const { bytes: own, length, doubles, last } = literalText(bytes);
    // Not with a spread, whose objects V8 reads at a fifth of the speed.
    const created: Literal = {
      bytes: own,
      length,
      doubles,
      last,
      isId,
      next: [undefined, undefined, undefined, undefined],
      shape: -1,
    };
    literals.push(created);
    this.#memory += memory;
    return created;
  }
}

/** Finds the object at `start` among those of the literals. Returns its end, or -1. */
function find(
  first: readonly Literal[],
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
  meta: EventMeta,
): number {
  let literals = first;
  let at = start;
  let idStart = -1;
  let idEnd = -1;
  for (;;) {
    const literal = literalAt(literals, bytes, view, at, end);
    if (literal === undefined) return -1;
    at += literal.length;
    if (literal.shape >= 0) {
      meta.shape = literal.shape;
      meta.encoding = ENCODING.none;
      meta.idStart = idStart;
      meta.idEnd = idEnd;
      return at;
    }
    const from = at;
    let kind = TEXT;
    if (bytes[at] === QUOTE) at = plainStringEnd(bytes, view, at + 1, end);
    else {
      const found = scalarEnd(bytes, at, end);
      at = found >> KIND_BITS;
      kind = found & KIND_MASK;
    }
    if (at < 0) return -1;
    if (literal.isId) {
      const quote = kind === TEXT ? 1 : 0;
      // Without an id in it, the next key of this name may have one.
      if (kind > INTEGER || at - from <= 2 * quote) return -1;
      idStart = from + quote - start;
      idEnd = at - quote - start;
    }
    const next = literal.next[kind];
    if (next === undefined) return -1;
    literals = next;
  }
}

/** A value of an object, between two offsets. */
interface Slot {
  readonly at: number;
  readonly end: number;
  readonly kind: number;
  readonly isId: boolean;
}

/** The values of a valid object that differ from event to event; undefined where {@link find} takes none. */
function slotsOf(bytes: Uint8Array, start: number, end: number): Slot[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const slots: Slot[] = [];
  let depth = 0;
  let isKey = false;
  let isId = false;
  let hasId = false;
  for (let at = start; at < end;) {
    const c = bytes[at]!;
    if (c === QUOTE && isKey) {
      const close = bytes.indexOf(QUOTE, at + 1);
      isId = !hasId && depth === 1 && close - at - 1 === EVENT_ID_LENGTH && isEventId(bytes, at + 1);
      isKey = false;
      at = close + 1;
    } else if (isValueStart(c)) {
      const isText = c === QUOTE;
      const found = isText ? plainStringEnd(bytes, view, at + 1, end) : scalarEnd(bytes, at, end);
      if (found < 0) return undefined;
      const kind = isText ? TEXT : found & KIND_MASK;
      const stop = isText ? found : found >> KIND_BITS;
      slots.push({ at, end: stop, kind, isId });
      // After an empty text, the next key of this name may have the id: a scan tells.
      hasId ||= isId && kind <= INTEGER && stop - at > (isText ? 2 : 0);
      if (isId && !hasId) return undefined;
      at = stop;
    } else if (c === OPEN_BRACKET) return undefined;
    else {
      if (c === OPEN_BRACE) depth++;
      else if (c === CLOSE_BRACE) depth--;
      if (c !== SPACE) isKey = c === OPEN_BRACE || c === COMMA;
      at += c === LETTER_N ? 'null'.length : 1;
    }
  }
  return slots;
}

function isValueStart(c: number): boolean {
  return c === QUOTE || c === MINUS || (c >= DIGIT_0 && c <= DIGIT_9) || c === LETTER_T || c === LETTER_F;
}

/** The literal that is at an offset, with a value or the end of the object after it. */
function literalAt(literals: readonly Literal[], bytes: Uint8Array, view: DataView, at: number, end: number) {
  for (const literal of literals) {
    const to = at + literal.length;
    if (to > end || !isLiteralAt(literal, bytes, view, at, to)) continue;
    // An object, a null and white space belong to a longer literal.
    if (literal.shape >= 0 || (to < end && isValueStart(bytes[to]!))) return literal;
  }
  return undefined;
}

/**
 * The offset after a number or boolean, shifted, and its kind; -1 for a long integer, and for what is invalid or
 * unfinished.
 */
function scalarEnd(bytes: Uint8Array, at: number, end: number): number {
  const c = bytes[at]!;
  if (c === LETTER_T || c === LETTER_F) {
    const word = c === LETTER_T ? 'true' : 'false';
    if (at + word.length > end) return -1;
    for (let i = 1; i < word.length; i++) if (bytes[at + i] !== word.charCodeAt(i)) return -1;
    return ((at + word.length) << KIND_BITS) | BOOLEAN;
  }
  const next = numberEnd(bytes, at, end);
  if (next < 0) return -1;
  if (next & 0x40000000) return (next << KIND_BITS) | DOUBLE;
  return next - at - (c === MINUS ? 1 : 0) > SAFE_DIGITS ? -1 : (next << KIND_BITS) | INTEGER;
}

/**
 * The offset after the closing quote of a string whose content starts at `from`; -1 for a string with an escape or a
 * control character, or without an end. Looks at four bytes at once.
 */
function plainStringEnd(bytes: Uint8Array, view: DataView, from: number, end: number): number {
  let at = from;
  for (const last = end - 4; at <= last; at += 4) {
    const word = view.getInt32(at, true);
    const quotes = word ^ 0x22222222;
    const backslashes = word ^ 0x5c5c5c5c;
    // The high bit of the first byte that is one of them or less than 0x20, perhaps with those of later bytes.
    const found =
      (((quotes - 0x01010101) & ~quotes) |
        ((backslashes - 0x01010101) & ~backslashes) |
        ((word - 0x20202020) & ~word)) &
      0x80808080;
    if (found === 0) continue;
    at += (31 - Math.clz32(found & -found)) >> 3;
    return bytes[at] === QUOTE ? at + 1 : -1;
  }
  for (; at < end; at++) {
    const c = bytes[at]!;
    if (c === QUOTE) return at + 1;
    if (c < 0x20 || c === BACKSLASH) return -1;
  }
  return -1;
}
