/* eslint-disable max-lines-per-function -- closures that run for each key and value, and share the buffer and offset */
import { isUtf8 } from 'node:buffer';
import { DecodeError } from '../decoder.js';
import { integerTextShape, mix1, mix2, SHAPE, SHAPE_SEED_1, SHAPE_SEED_2, shapeHash } from '../json/shape-hash.js';
import { ESCAPES, HEX, PAIRS } from './byte-tables.js';
import { doubleText } from './double-text.js';
import { markedText } from './marked-text.js';
import type { Piece } from './piece.js';

/** A string is copied in pieces of this many bytes, each with room for escapes. */
const PIECE_BYTES = 16 * 1024;

/** An escape is at most this long: `\u0000`. */
const ESCAPE_BYTES = 6;

/** A power of ten that fits 32 bits: 64-bit numbers are printed in parts. */
const BILLION = 1_000_000_000;

/** The value of a structure without a hash. */
export const UNKNOWN_STRUCTURE = -1;

/**
 * Writes events as JSON, one after another, into a growing buffer. An event over the limit overwrites itself, which
 * takes no memory, and is marked.
 */
export interface JsonWriter {
  /** The buffer; growing replaces it. */
  readonly bytes: Uint8Array;
  readonly pos: number;
  /** The start of the current event. */
  readonly start: number;
  /** True when the current event exceeds the limit. */
  readonly isTooLarge: boolean;
  markTooLarge(): void;
  /** The largest event that is kept, in bytes. */
  readonly limit: number;
  /** Begins an event at the current position. */
  begin(): void;
  /** Goes back to a position. */
  rewind(to: number): void;
  /**
   * A hash of the keys of the event so far and of the kinds of their values: events of one structure have one shape.
   * {@link UNKNOWN_STRUCTURE} when the hash is not enough: the event has arrays or objects, or an id.
   */
  readonly structure: number;
  /** Marks the event as having an id. */
  markId(): void;
  raw(piece: Piece): void;
  /** Writes a key with a comma, such as `,"body":`, and without the comma at the start of an object. */
  key(piece: Piece): void;
  byte(byte: number): void;
  /** Writes a string that was sent as UTF-8. @throws DecodeError `invalid_utf8` */
  string(source: Uint8Array, start: number, end: number): void;
  /** Writes ASCII that needs neither escapes nor quotes: a number, `true`, `null`. */
  text(ascii: string): void;
  /** Writes an integer from 0 to below 2^31. */
  natural(value: number): void;
  /** Writes an unsigned number of two halves. */
  uint64(low: number, high: number): void;
  /** Writes a signed number of two halves, in two's complement. */
  int64(low: number, high: number): void;
  /** Writes a number with a fraction or an exponent; NaN and infinities become text: see marked-text.ts. */
  double(value: number): void;
  hex(source: Uint8Array, start: number, end: number): void;
  /** Writes bytes as base64: see marked-text.ts. */
  base64(source: Uint8Array, start: number, end: number): void;
}

/**
 * Creates a writer.
 * @param maxEventBytes the largest event that is kept
 */
export function jsonWriter(maxEventBytes: number, firstBytes = 64 * 1024): JsonWriter {
  let bytes = Buffer.allocUnsafeSlow(firstBytes);
  let pos = 0;
  let start = 0;
  let isTooLarge = false;
  let lane1 = 0;
  let lane2 = 0;
  let isPlain = true;

  function mix(what: number): void {
    lane1 = mix1(lane1, what);
    lane2 = mix2(lane2, what);
  }

  /** Makes room for `count` bytes. */
  function room(count: number): void {
    if (pos - start > maxEventBytes) {
      isTooLarge = true;
      pos = start;
    }
    if (pos + count <= bytes.length) return;
    const wider = Buffer.allocUnsafeSlow(Math.max(pos + count, 2 * bytes.length));
    bytes.copy(wider, 0, 0, pos);
    bytes = wider;
  }

  /** Copies a piece of a string, and returns the OR of its bytes: above 0x7f when it is not ASCII. */
  function piece(source: Uint8Array, from: number, to: number): number {
    room((to - from) * ESCAPE_BYTES + 2);
    const out = bytes;
    let at = pos;
    let bits = 0;
    for (let i = from; i < to; i++) {
      const c = source[i]!;
      bits |= c;
      const escape = ESCAPES[c]!;
      if (escape === 0) out[at++] = c;
      else {
        out[at++] = 0x5c;
        out[at++] = escape;
        if (escape === 0x75) {
          out[at++] = 0x30;
          out[at++] = 0x30;
          out[at++] = HEX[c >> 4]!;
          out[at++] = HEX[c & 15]!;
        }
      }
    }
    pos = at;
    return bits;
  }

  function text(ascii: string): void {
    switch (ascii.charCodeAt(0)) {
      case 0x22:
        mix(SHAPE.string);
        break;
      case 0x74:
      case 0x66:
        mix(SHAPE.boolean);
        break;
      case 0x6e:
        mix(SHAPE.null);
        break;
      default:
        mix(integerTextShape(ascii));
    }
    put(ascii);
  }

  function put(ascii: string): void {
    room(ascii.length);
    for (let i = 0; i < ascii.length; i++) bytes[pos + i] = ascii.charCodeAt(i);
    pos += ascii.length;
  }

  /** Writes exactly `count` digits of a number below 2^31. */
  function digits(value: number, count: number): void {
    let rest = value | 0;
    let at = pos + count;
    while (at - pos >= 2) {
      const hundreds = (rest / 100) | 0;
      const pair = (rest - hundreds * 100) * 2;
      bytes[--at] = PAIRS[pair + 1]!;
      bytes[--at] = PAIRS[pair]!;
      rest = hundreds;
    }
    if (at > pos) bytes[pos] = 0x30 + rest;
    pos += count;
  }

  /** Writes a number below 2^31 without leading zeros. */
  function natural(value: number): void {
    mix(SHAPE.integer);
    room(10);
    let count = 1;
    for (let power = 10; count < 10 && value >= power; power *= 10) count++;
    digits(value, count);
  }

  return {
    get bytes() {
      return bytes;
    },
    get pos() {
      return pos;
    },
    get start() {
      return start;
    },
    get isTooLarge() {
      return isTooLarge || pos - start > maxEventBytes;
    },
    markTooLarge: () => void (isTooLarge = true),
    limit: maxEventBytes,
    begin() {
      start = pos;
      isTooLarge = false;
      lane1 = SHAPE_SEED_1;
      lane2 = SHAPE_SEED_2;
      isPlain = true;
    },
    get structure() {
      return isPlain ? shapeHash(lane1, lane2) : UNKNOWN_STRUCTURE;
    },
    markId: () => void (isPlain = false),
    rewind: to => void (pos = to),
    raw({ json: part, lane1: ofPart1, lane2: ofPart2 }) {
      lane1 = mix1(lane1, ofPart1);
      lane2 = mix2(lane2, ofPart2);
      const length = part.length;
      room(length);
      if (length > 48) bytes.set(part, pos);
      else for (let i = 0; i < length; i++) bytes[pos + i] = part[i]!;
      pos += length;
    },
    key({ json: part, lane1: ofPart1, lane2: ofPart2 }) {
      lane1 = mix1(lane1, ofPart1);
      lane2 = mix2(lane2, ofPart2);
      room(part.length);
      const skipped = bytes[pos - 1] === 0x7b ? 1 : 0;
      for (let i = skipped, to = pos; i < part.length; i++) bytes[to++] = part[i]!;
      pos += part.length - skipped;
    },
    byte(byte) {
      if (byte === 0x7b || byte === 0x5b) isPlain = false;
      room(1);
      bytes[pos++] = byte;
    },
    string(source, from, to) {
      mix(SHAPE.string);
      room(2);
      bytes[pos++] = 0x22;
      let bits = 0;
      for (let at = from; at < to; at += PIECE_BYTES) bits |= piece(source, at, Math.min(to, at + PIECE_BYTES));
      bytes[pos++] = 0x22;
      if (bits >= 0x80 && !isUtf8(source.subarray(from, to))) {
        throw new DecodeError('invalid_utf8', 'a string of the request is not valid UTF-8', { offset: from });
      }
    },
    text,
    natural,
    uint64(low, high) {
      const unsignedHigh = high >>> 0;
      if (unsignedHigh < 0x200000) {
        text(String(unsignedHigh * 0x100000000 + (low >>> 0)));
        return;
      }
      // The quotient is off by one at most; the remainder shows it, and fits 32 bits either way.
      let billions = Math.floor((unsignedHigh * 0x100000000 + (low >>> 0)) / BILLION);
      let rest = (low - Math.imul(billions, BILLION)) | 0;
      if (rest < 0) {
        billions--;
        rest += BILLION;
      } else if (rest >= BILLION) {
        billions++;
        rest -= BILLION;
      }
      const upperBillions = Math.floor(billions / BILLION);
      room(20);
      if (upperBillions === 0) natural(billions);
      else {
        natural(upperBillions);
        digits(billions - upperBillions * BILLION, 9);
      }
      digits(rest, 9);
      if (unsignedHigh >= 0x80000000) mix(SHAPE.unsigned);
    },
    int64(low, high) {
      if (high >= 0) {
        this.uint64(low, high);
        return;
      }
      text('-');
      this.uint64(-low, low === 0 ? -high : ~high);
    },
    double(value) {
      mix(Number.isFinite(value) ? SHAPE.double : SHAPE.string);
      put(Number.isFinite(value) ? doubleText(value) : `"${markedText(String(value))}"`);
    },
    hex(source, from, to) {
      mix(SHAPE.string);
      room(2 * (to - from) + 2);
      let at = pos;
      bytes[at++] = 0x22;
      for (let i = from; i < to; i++) {
        const byte = source[i]!;
        bytes[at++] = HEX[byte >> 4]!;
        bytes[at++] = HEX[byte & 15]!;
      }
      bytes[at++] = 0x22;
      pos = at;
    },
    base64(source, from, to) {
      mix(SHAPE.string);
      room(2);
      bytes[pos++] = 0x22;
      // A multiple of three bytes has no padding.
      const step = 3 * 4096;
      for (let at = from; at < to; at += step) {
        const piece = Buffer.from(source.buffer, source.byteOffset + at, Math.min(to - at, step)).toString('base64');
        put(at === from ? markedText(piece) : piece);
      }
      room(1);
      bytes[pos++] = 0x22;
    },
  };
}
