/*
 * Longer than most files: one state machine, whose states and hot loop belong together. One pass over the bytes finds the end
 * of each JSON value, checks it against RFC 8259, hashes its shape and notes its event_id. Parsing each event instead
 * costs about three times as much. The function is over 60 lines long: it lists the states, short closures that run for
 * each token and share the offset, the depth and the hashes as local variables.
 */
import { MAX_NESTING } from '../../core/limits.js';
import { ENCODING, type Encoding, type EventMeta, type EventSink } from '../../core/event.js';
import { DecodeError, tooLarge, type DecoderOptions } from '../decoder.js';
import { scanObject } from './fast-path.js';
import {
  clip,
  EVENT_ID_LENGTH,
  HALF_PAIR,
  INVALID,
  IN_SCALAR,
  isEventId,
  isIntegerShape,
  readEscape,
  scalarShape,
  unexpected,
  UNFINISHED,
} from './tokens.js';
import { mix1, mix2, SHAPE, SHAPE_SEED_1, SHAPE_SEED_2, shapeHash } from './shape-hash.js';

/** The tokens that may come next. */
const enum Expect {
  Value,
  FirstKey,
  Key,
  Colon,
  Comma,
  FirstItem,
  /** Between the values of the stream. */
  Top,
  /** Inside a top-level array whose elements are the events. */
  FirstElement,
  Element,
  ElementComma,
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** Bytes that end a number, `true`, `false` or `null` outside of containers. */
const ENDS_SCALAR = new Uint8Array(256);
for (const byte of Buffer.from(' \t\r\n{["')) ENDS_SCALAR[byte] = 1;

/** The state of a scanner in its stream; all offsets are relative to the buffer passed to `scan`. */
export interface Scanner {
  /**
   * Scans `bytes` from the last offset to `end`, passes each complete event to the sink, and returns the offset from
   * which bytes must be kept: the start of the unfinished value, or `end`. The caller moves them to the front of the
   * next buffer and calls `rebase`.
   */
  scan(bytes: Uint8Array, end: number): number;
  rebase(shift: number): void;
  /** Ends the stream: the last value may be a bare number. */
  finish(bytes: Uint8Array, end: number): void;
  /** The location of a byte, for an error found elsewhere. */
  place(at: number): { line: number; offset: number };
}

/** Options of {@link jsonScanner}. */
export interface ScannerOptions extends DecoderOptions {
  /** True when each element of a top-level array is an event. */
  readonly elements: boolean;
  /** The part of the stream before the first buffer. */
  readonly passed: { readonly bytes: number; readonly lines: number };
}

/** Creates the scanner of one stream. */
// eslint-disable-next-line max-lines-per-function -- closures over the state of one hot loop
export function jsonScanner(sink: EventSink, options: ScannerOptions): Scanner {
  const { maxEventBytes, mayExceed, knownObjects, elements, passed } = options;
  const meta: EventMeta = { shape: 0, encoding: ENCODING.none, idStart: -1, idEnd: -1 };
  const inObject = new Uint8Array(MAX_NESTING + 1);
  let expect: Expect = Expect.Top;
  let inElements = false;
  let pos = 0;
  let valueStart = -1;
  let depth = 0;
  /** Depth of the outermost open array: the content of arrays does not affect the shape. */
  let arrayDepth = 0;
  let h1 = 0;
  let h2 = 0;
  let isIdKey = false;
  let encoding: Encoding = ENCODING.none;
  /** The offset up to which an unfinished string or number was read, so that input byte by byte is read only once. */
  let resumeAt = -1;
  /** Offset in the stream of the buffer's first byte. */
  let base = passed.bytes;
  let line = 1 + passed.lines;

  const place = (at: number) => ({ line, offset: base + at });
  const bad = (at: number, what: string) => new DecodeError('invalid_json', what, place(at));

  function mix(byte: number): void {
    if (arrayDepth !== 0) return;
    h1 = mix1(h1, byte);
    h2 = mix2(h2, byte);
  }

  function begin(at: number): void {
    valueStart = at;
    h1 = SHAPE_SEED_1;
    h2 = SHAPE_SEED_2;
    meta.idStart = meta.idEnd = -1;
    encoding = ENCODING.none;
  }

  /** Checks the length of the value so far. */
  function checkLength(bytes: Uint8Array, end: number): void {
    const length = end - valueStart;
    if (length > maxEventBytes && !mayExceed?.(bytes, valueStart, length)) {
      throw tooLarge(maxEventBytes, place(valueStart));
    }
  }

  /** After a whole value that ends before `at`. */
  function complete(bytes: Uint8Array, at: number): void {
    if (depth > 0) {
      expect = Expect.Comma;
      return;
    }
    checkLength(bytes, at);
    meta.shape = shapeHash(h1, h2);
    meta.encoding = encoding;
    sink(bytes, valueStart, at, meta);
    valueStart = -1;
    expect = inElements ? Expect.ElementComma : Expect.Top;
  }

  /** The offset of the closing quote of a string, from the byte after the opening one; -1 when the bytes end first. */
  function closingQuote(bytes: Uint8Array, from: number, end: number): number {
    let i = resumeAt >= 0 ? resumeAt : from;
    while (i < end) {
      const c = bytes[i]!;
      if (c === QUOTE) {
        resumeAt = -1;
        return i;
      }
      if (c === BACKSLASH) {
        const next = readEscape(bytes, i, end);
        if (next === UNFINISHED) break;
        if (next === INVALID) throw bad(i, 'invalid escape in a string');
        if (next & HALF_PAIR) encoding = ENCODING.surrogate;
        i = next & ~HALF_PAIR;
      } else if (c < 0x20) {
        throw bad(i, 'unescaped control character in a string');
      } else i++;
    }
    resumeAt = i;
    return -1;
  }

  /** A string at `pos`. Returns false when it is unfinished. */
  function string(bytes: Uint8Array, end: number): boolean {
    const close = closingQuote(bytes, pos + 1, end);
    if (close < 0) return false;
    mix(SHAPE.string);
    if (isIdKey) noteId(pos + 1, close);
    pos = close + 1;
    complete(bytes, pos);
    return true;
  }

  function key(bytes: Uint8Array, end: number): boolean {
    const start = pos + 1;
    const close = closingQuote(bytes, start, end);
    if (close < 0) return false;
    for (let i = start; i < close; i++) mix(bytes[i]!);
    mix(SHAPE.key);
    isIdKey = depth === 1 && meta.idStart < 0 && close - start === EVENT_ID_LENGTH && isEventId(bytes, start);
    pos = close + 1;
    expect = Expect.Colon;
    return true;
  }

  function noteId(start: number, end: number): void {
    isIdKey = false;
    if (start === end) return;
    meta.idStart = start - valueStart;
    meta.idEnd = end - valueStart;
  }

  /** A number or literal at `pos`. Returns false when more bytes could belong to it. */
  function scalar(bytes: Uint8Array, end: number, isLast: boolean): boolean {
    let i = resumeAt >= 0 ? resumeAt : pos;
    while (i < end && IN_SCALAR[bytes[i]!]) i++;
    resumeAt = i === end && !isLast ? i : -1;
    if (resumeAt >= 0) return false;
    if (depth === 0 && !inElements && i < end && !ENDS_SCALAR[bytes[i]!]) throw bad(i, unexpected(bytes[i]!));
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + pos, i - pos).toString('latin1');
    const kind = scalarShape(text);
    if (kind === undefined) throw bad(pos, text === '' ? unexpected(bytes[pos]!) : `"${clip(text)}" is not JSON`);
    mix(kind);
    if (isIdKey && isIntegerShape(kind)) noteId(pos, i);
    isIdKey = false;
    pos = i;
    complete(bytes, pos);
    return true;
  }

  function open(at: number, isArray: boolean): void {
    if (depth >= MAX_NESTING) {
      throw new DecodeError('nested_too_deep', `an event nests deeper than ${MAX_NESTING} levels`, place(at));
    }
    mix(isArray ? SHAPE.array : SHAPE.object);
    inObject[++depth] = isArray ? 0 : 1;
    if (isArray && arrayDepth === 0) arrayDepth = depth;
    expect = isArray ? Expect.FirstItem : Expect.FirstKey;
    pos = at + 1;
  }

  function close(bytes: Uint8Array, at: number): void {
    if (arrayDepth === depth) arrayDepth = 0;
    else if (inObject[depth] === 1) mix(SHAPE.endObject);
    depth--;
    pos = at + 1;
    complete(bytes, pos);
  }

  /** A stream may begin with one: RFC 8259, section 8.1. */
  function byteOrderMark(bytes: Uint8Array, end: number, isLast: boolean): boolean {
    if (end < BYTE_ORDER_MARK.length && !isLast) return false;
    if (!BYTE_ORDER_MARK.equals(bytes.subarray(0, Math.min(end, BYTE_ORDER_MARK.length))))
      throw bad(0, unexpected(bytes[0]!));
    pos = BYTE_ORDER_MARK.length;
    return true;
  }

  /** Takes a complete, ordinary object at `pos` between other values at once. Returns false to take it step by step. */
  function wholeObject(bytes: Uint8Array, end: number): boolean {
    const objectEnd = knownObjects ? knownObjects.scan(bytes, pos, end, meta) : scanObject(bytes, pos, end, meta);
    if (objectEnd < 0 || objectEnd - pos > maxEventBytes) return false;
    const start = pos;
    pos = objectEnd;
    expect = inElements ? Expect.ElementComma : Expect.Top;
    sink(bytes, start, objectEnd, meta);
    return true;
  }

  /** A value at `pos`. Returns false when it is unfinished and only more bytes help. */
  function value(bytes: Uint8Array, end: number, c: number, isLast: boolean): boolean {
    if (depth === 0 && valueStart < 0) {
      if (c === SHAPE.object && wholeObject(bytes, end)) return true;
      begin(pos);
    }
    if (c === QUOTE) return string(bytes, end);
    if (c !== 0x7b && c !== 0x5b) return scalar(bytes, end, isLast);
    isIdKey = false;
    open(pos, c === 0x5b);
    return true;
  }

  /** One step at a byte other than white space. Returns false when only more bytes help. */
  function step(bytes: Uint8Array, end: number, c: number, isLast: boolean): boolean {
    switch (expect) {
      case Expect.FirstKey:
      case Expect.Key:
        if (c === QUOTE) return key(bytes, end);
        if (c !== 0x7d || expect === Expect.Key) throw bad(pos, unexpected(c, 'a key'));
        close(bytes, pos);
        return true;
      case Expect.Colon:
        if (c !== 0x3a) throw bad(pos, unexpected(c, 'a colon'));
        expect = Expect.Value;
        pos++;
        return true;
      case Expect.Comma: {
        const closing = inObject[depth] === 1 ? 0x7d : 0x5d;
        if (c === closing) close(bytes, pos);
        else if (c === 0x2c) {
          expect = inObject[depth] === 1 ? Expect.Key : Expect.Value;
          pos++;
        } else throw bad(pos, unexpected(c, `a comma or "${String.fromCharCode(closing)}"`));
        return true;
      }
      case Expect.FirstItem:
        if (c !== 0x5d) return value(bytes, end, c, isLast);
        close(bytes, pos);
        return true;
      case Expect.FirstElement:
      case Expect.ElementComma:
        if (c === 0x5d) {
          inElements = false;
          expect = Expect.Top;
          pos++;
          return true;
        }
        if (expect === Expect.FirstElement) return value(bytes, end, c, isLast);
        if (c !== 0x2c) throw bad(pos, unexpected(c, 'a comma or "]"'));
        expect = Expect.Element;
        pos++;
        return true;
      case Expect.Top:
        if (c === BYTE_ORDER_MARK[0] && base + pos === 0) return byteOrderMark(bytes, end, isLast);
        if (elements && c === 0x5b) {
          inElements = true;
          expect = Expect.FirstElement;
          pos++;
          return true;
        }
        return value(bytes, end, c, isLast);
      default:
        return value(bytes, end, c, isLast);
    }
  }

  function run(bytes: Uint8Array, end: number, isLast: boolean): number {
    while (pos < end) {
      const c = bytes[pos]!;
      if (c === 0x20 || c === NEWLINE || c === 0x0d || c === 0x09) {
        if (c === NEWLINE) line++;
        pos++;
      } else if (!step(bytes, end, c, isLast)) break;
    }
    if (valueStart < 0) return pos;
    checkLength(bytes, end);
    return valueStart;
  }

  return {
    place,
    scan: (bytes, end) => run(bytes, end, false),
    rebase(shift) {
      base += shift;
      pos -= shift;
      if (valueStart >= 0) valueStart -= shift;
      if (resumeAt >= 0) resumeAt -= shift;
    },
    finish(bytes, end) {
      run(bytes, end, true);
      if (valueStart < 0 && !inElements) return;
      const what = inElements && valueStart < 0 ? 'an array' : 'an event';
      throw new DecodeError('truncated_json', `the stream ends in the middle of ${what}`, place(end));
    },
  };
}
