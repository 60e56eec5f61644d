import { SAFE_DIGITS } from '../../core/attribute.js';
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
import { pushNote, scalarKind, Slots, valueEnd } from './scan.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const COMMA = 0x2c;
const DIGIT_0 = 0x30;
const LETTER_N = 0x6e;

/** A tree of the literals of known shapes: the kind of the value after each literal leads to the next. */
interface Place<T> {
  readonly literals: Literal<T>[];
}

/** The text up to the next value, or up to the end of the event. */
interface Literal<T> extends LiteralText {
  /** The codes of the kinds of values that follow, as in {@link Slots}, and the place after each. */
  readonly kinds: number[];
  /** The first of them. */
  kind: number;
  readonly places: Place<T>[];
  /** The value of the event that ends here. */
  value: T | undefined;
}

/**
 * Finds the shape of an event among those seen before, and its slots. It compares whole words where a scan hashes each
 * byte, which takes half of the time.
 */
export class ShapeTree<T> {
  readonly #root: Place<T> = { literals: [] };
  #memory = 0;
  #vain = 0;
  #bytes: Buffer | undefined;
  #view: DataView = new DataView(new ArrayBuffer(0));

  /** Adds the event between two offsets, whose slots a scan has found. */
  add(bytes: Buffer, from: number, to: number, slots: Slots, value: T): void {
    let place = this.#root;
    let at = from;
    for (let i = 0; i <= slots.count; i++) {
      const literal = this.#literalAt(place, bytes.subarray(at, i < slots.count ? slots.starts[i] : to));
      if (!literal) return;
      if (i === slots.count) {
        literal.value = value;
        return;
      }
      at = slots.ends[i]!;
      place = placeAfter(literal, slots.codes[i]!);
    }
  }

  #literalAt(place: Place<T>, bytes: Buffer): Literal<T> | undefined {
    const known = place.literals.find(literal => literal.bytes.equals(bytes));
    if (known) return known;
    const memory = literalMemory(bytes.length);
    const isFull = place.literals.length === MAX_ALTERNATIVES || this.#memory + memory > MAX_LITERALS_BYTES;
    if (isFull || bytes.length > MAX_LITERAL_BYTES) return undefined;
    const created = newLiteral<T>(bytes);
    place.literals.push(created);
    this.#memory += memory;
    return created;
  }

  /**
   * Finds the event between two offsets: the value that an event of the same shape was added with; undefined when the
   * event has to be scanned.
   * @param bytes are valid JSON there.
   * @param slots receives the slots and the notes, as those of a scan, when there is a value.
   */
  find(bytes: Buffer, from: number, to: number, slots: Slots): T | undefined {
    if (this.#vain >= MAX_VAIN_SEARCHES) return undefined;
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    const value = this.#search(bytes, from, to, slots);
    if (value === undefined) this.#vain++;
    else if (this.#vain > 0) this.#vain--;
    return value;
  }

  #search(bytes: Buffer, from: number, to: number, slots: Slots): T | undefined {
    const view = this.#view;
    const { starts, ends, codes, notes } = slots;
    if (notes.length > 0) notes.length = 0;
    let place = this.#root;
    let at = from;
    for (let count = 0; ; count++) {
      const literal = literalAt(place, bytes, view, at, to);
      if (!literal) return undefined;
      at += literal.length;
      if (at === to) {
        slots.count = count;
        return literal.value;
      }
      const start = at;
      const code = bytes[start]!;
      let kind = code;
      if (code === QUOTE) at = stringEnd(bytes, view, start + 1, to);
      else if ((at = shortIntegerEnd(bytes, start)) > 0) kind = DIGIT_0;
      else {
        at = valueEnd(bytes, start, to);
        kind = scalarKind(bytes, start, at);
        pushNote(notes, count, kind, bytes, start, at);
      }
      const next = literal.kind === kind ? 0 : literal.kinds.indexOf(kind);
      if (next < 0) return undefined;
      starts[count] = start;
      ends[count] = at;
      codes[count] = kind;
      place = literal.places[next]!;
    }
  }
}

/** The literal of a place that is at an offset, with a value or the end of the event after it. */
function literalAt<T>(
  { literals }: Place<T>,
  bytes: Buffer,
  view: DataView,
  at: number,
  to: number,
): Literal<T> | undefined {
  for (const literal of literals) {
    const end = at + literal.length;
    if (end > to || !isLiteralAt(literal, bytes, view, at, end)) continue;
    if (end === to) {
      if (literal.value !== undefined) return literal;
      continue;
    }
    // An object, a null and white space belong to a longer literal.
    const code = bytes[end]!;
    if (code > 0x20 && code !== OPEN_BRACE && code !== LETTER_N && literal.places.length > 0) return literal;
  }
  return undefined;
}

/** The offset after the closing quote of a string whose content starts at `at`. Looks at four bytes at once. */
function stringEnd(bytes: Buffer, view: DataView, from: number, to: number): number {
  let at = from;
  for (const last = to - 4; at <= last;) {
    const word = view.getInt32(at, true);
    const quotes = word ^ 0x22222222;
    const backslashes = word ^ 0x5c5c5c5c;
    // The high bit of the first byte that is zero in one of them, perhaps with those of later bytes.
    const found = (((quotes - 0x01010101) & ~quotes) | ((backslashes - 0x01010101) & ~backslashes)) & 0x80808080;
    if (found === 0) {
      at += 4;
      continue;
    }
    at += (31 - Math.clz32(found & -found)) >> 3;
    if (bytes[at] === QUOTE) return at + 1;
    at += 2;
  }
  while (at < to) {
    const code = bytes[at++]!;
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at++;
  }
  return at;
}

/** The offset after an integer without a sign that is short enough to need no {@link pushNote}; 0 for any other value. */
function shortIntegerEnd(bytes: Buffer, start: number): number {
  let at = start;
  let code = bytes[at]!;
  while (code >= DIGIT_0 && code <= DIGIT_0 + 9) code = bytes[++at]!;
  const isEnd = code === COMMA || code === CLOSE_BRACE || code <= 0x20;
  return isEnd && at > start && at - start <= SAFE_DIGITS ? at : 0;
}

function newLiteral<T>(text: Buffer): Literal<T> {
  const { bytes, length, doubles, last } = literalText(text);
  // Not with a spread, whose objects V8 reads at a fifth of the speed.
  return { bytes, length, doubles, last, kinds: [], kind: 0, places: [], value: undefined };
}

function placeAfter<T>(literal: Literal<T>, kind: number): Place<T> {
  const { kinds, places } = literal;
  const known = kinds.indexOf(kind);
  if (known >= 0) return places[known]!;
  kinds.push(kind);
  literal.kind = kinds[0]!;
  const created: Place<T> = { literals: [] };
  places.push(created);
  return created;
}
