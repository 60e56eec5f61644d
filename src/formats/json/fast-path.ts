/*
 * The fast path of the scanner: one loop over local variables for a complete, ordinary object, four times as fast as
 * the scanner, which keeps state between chunks. Everything unusual (an error, the end of the buffer, a lone surrogate,
 * an object over several lines) is left to the scanner, so that only one place reports errors. The loop is longer than
 * 60 lines: a call for each token, and passing it the state, would cost more than the work.
 */
import { MAX_NESTING } from '../../core/limits.js';
import { ENCODING, type EventMeta } from '../../core/event.js';
import { SAFE_DIGITS } from '../../core/attribute.js';
import { EVENT_ID_LENGTH, HALF_PAIR, isEventId, readEscape } from './tokens.js';
import { integerShape, mix1, mix2, SHAPE, SHAPE_SEED_1, SHAPE_SEED_2, shapeHash } from './shape-hash.js';

/** The tokens that may come next. */
const enum Expect {
  Value,
  FirstKey,
  Key,
  Comma,
  FirstItem,
}

/** True for containers that are objects, by depth. Scratch memory of {@link scanObject}, which never yields. */
const inObject = new Uint8Array(MAX_NESTING + 1);

/** Bytes that need a closer look within a string: its end, an escape, a control character (RFC 8259, section 7). */
const STOPS = new Uint8Array(256).fill(1, 0, 0x20);
STOPS[0x22] = STOPS[0x5c] = 1;

/**
 * Reads the object that starts at `start` into `meta`. Returns its end, or -1 to leave it to the scanner.
 */
// eslint-disable-next-line max-lines-per-function -- one hot loop over local variables
export function scanObject(bytes: Uint8Array, start: number, end: number, meta: EventMeta): number {
  let a = mix1(SHAPE_SEED_1, SHAPE.object);
  let b = mix2(SHAPE_SEED_2, SHAPE.object);
  let i = start + 1;
  let depth = 1;
  let arrayDepth = 0;
  let expect: Expect = Expect.FirstKey;
  let isIdKey = false;
  let idStart = -1;
  let idEnd = -1;
  let kind: number;
  inObject[1] = 1;
  while (i < end) {
    const c = bytes[i]!;
    if (c === 0x20) {
      i++;
      continue;
    }
    switch (expect) {
      case Expect.FirstKey:
      case Expect.Key: {
        if (c !== 0x22) {
          if (c !== 0x7d || expect === Expect.Key) return -1;
          break;
        }
        const from = ++i;
        if (arrayDepth === 0) {
          let k: number;
          while (i < end && (k = bytes[i]!) !== 0x22) {
            if (k === 0x5c || k < 0x20) return -1;
            a = mix1(a, k);
            b = mix2(b, k);
            i++;
          }
          a = mix1(a, SHAPE.key);
          b = mix2(b, SHAPE.key);
          isIdKey = depth === 1 && i - from === EVENT_ID_LENGTH && idStart < 0 && isEventId(bytes, from);
        } else {
          let k: number;
          while (i < end && (k = bytes[i]!) !== 0x22) {
            if (k === 0x5c || k < 0x20) return -1;
            i++;
          }
        }
        i++;
        while (i < end && bytes[i] === 0x20) i++;
        if (i >= end || bytes[i] !== 0x3a) return -1;
        i++;
        expect = Expect.Value;
        continue;
      }
      case Expect.Comma:
        if (c === 0x2c) {
          expect = inObject[depth] === 1 ? Expect.Key : Expect.Value;
          i++;
          continue;
        }
        if (c !== (inObject[depth] === 1 ? 0x7d : 0x5d)) return -1;
        break;
      default:
        if (c === 0x22) {
          const from = ++i;
          for (;;) {
            while (i < end && STOPS[bytes[i]!] === 0) i++;
            if (i >= end) return -1;
            if (bytes[i] === 0x22) break;
            if (bytes[i] !== 0x5c) return -1;
            i = readEscape(bytes, i, end);
            if (i < 0 || i & HALF_PAIR) return -1;
          }
          if (isIdKey) {
            isIdKey = false;
            if (i > from) {
              idStart = from - start;
              idEnd = i - start;
            }
          }
          i++;
          kind = SHAPE.string;
        } else if (c === 0x7b || c === 0x5b) {
          if (depth >= MAX_NESTING) return -1;
          isIdKey = false;
          if (arrayDepth === 0) {
            kind = c === 0x7b ? SHAPE.object : SHAPE.array;
            a = mix1(a, kind);
            b = mix2(b, kind);
          }
          inObject[++depth] = c === 0x7b ? 1 : 0;
          if (c === 0x5b && arrayDepth === 0) arrayDepth = depth;
          expect = c === 0x7b ? Expect.FirstKey : Expect.FirstItem;
          i++;
          continue;
        } else if (c === 0x2d || (c >= 0x30 && c <= 0x39)) {
          const from = i;
          const next = numberEnd(bytes, i, end);
          if (next < 0) return -1;
          i = next & 0x3fffffff;
          const digits = i - from - (c === 0x2d ? 1 : 0);
          if (next & 0x40000000) kind = SHAPE.double;
          else if (digits <= SAFE_DIGITS) kind = SHAPE.integer;
          else kind = integerShape(bytes, i - digits, digits, c === 0x2d);
          if (isIdKey) {
            isIdKey = false;
            if (kind !== SHAPE.double) {
              idStart = from - start;
              idEnd = i - start;
            }
          }
        } else if (
          c === 0x74 &&
          i + 4 <= end &&
          bytes[i + 1] === 0x72 &&
          bytes[i + 2] === 0x75 &&
          bytes[i + 3] === 0x65
        ) {
          i += 4;
          kind = SHAPE.boolean;
          isIdKey = false;
        } else if (
          c === 0x66 &&
          i + 5 <= end &&
          bytes[i + 1] === 0x61 &&
          bytes[i + 2] === 0x6c &&
          bytes[i + 3] === 0x73 &&
          bytes[i + 4] === 0x65
        ) {
          i += 5;
          kind = SHAPE.boolean;
          isIdKey = false;
        } else if (
          c === 0x6e &&
          i + 4 <= end &&
          bytes[i + 1] === 0x75 &&
          bytes[i + 2] === 0x6c &&
          bytes[i + 3] === 0x6c
        ) {
          i += 4;
          kind = SHAPE.null;
          isIdKey = false;
        } else if (c === 0x5d && expect === Expect.FirstItem) break;
        else return -1;
        if (arrayDepth === 0) {
          a = mix1(a, kind);
          b = mix2(b, kind);
        }
        expect = Expect.Comma;
        continue;
    }
    // A container closes.
    if (arrayDepth === depth) arrayDepth = 0;
    else if (arrayDepth === 0) {
      a = mix1(a, SHAPE.endObject);
      b = mix2(b, SHAPE.endObject);
    }
    i++;
    if (--depth === 0) {
      meta.shape = shapeHash(a, b);
      meta.encoding = ENCODING.none;
      meta.idStart = idStart;
      meta.idEnd = idEnd;
      return i;
    }
    expect = Expect.Comma;
  }
  return -1;
}

/** The end of the number at `at`, with bit 30 set when it has a fraction or an exponent; -1 when it is invalid or unfinished. */
export function numberEnd(bytes: Uint8Array, at: number, end: number): number {
  let i = bytes[at] === 0x2d ? at + 1 : at;
  let c = bytes[i]!;
  let flags = 0;
  if (c === 0x30) i++;
  else {
    const from = i;
    while (i < end && bytes[i]! >= 0x30 && bytes[i]! <= 0x39) i++;
    if (i === from) return -1;
  }
  if (i >= end) return -1;
  c = bytes[i]!;
  if (c === 0x2e) {
    const from = ++i;
    while (i < end && bytes[i]! >= 0x30 && bytes[i]! <= 0x39) i++;
    if (i === from || i >= end) return -1;
    flags = 0x40000000;
    c = bytes[i]!;
  }
  if ((c | 32) === 0x65) {
    i++;
    if (bytes[i] === 0x2b || bytes[i] === 0x2d) i++;
    const from = i;
    while (i < end && bytes[i]! >= 0x30 && bytes[i]! <= 0x39) i++;
    if (i === from || i >= end) return -1;
    flags = 0x40000000;
    c = bytes[i]!;
  }
  return c === 0x2c || c === 0x7d || c === 0x5d || c === 0x20 ? i | flags : -1;
}
