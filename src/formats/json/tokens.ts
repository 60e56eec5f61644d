import { integerTextShape, SHAPE } from './shape-hash.js';

/** Bytes that numbers and literals consist of, valid or not. */
export const IN_SCALAR = new Uint8Array(256);
for (const byte of Buffer.from('+-.0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'))
  IN_SCALAR[byte] = 1;

/** RFC 8259, section 6. */
const NUMBER = /^-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/** The part of a shape's hash for a number or literal; undefined for any other text. */
export function scalarShape(text: string): number | undefined {
  if (text === 'true' || text === 'false') return SHAPE.boolean;
  if (text === 'null') return SHAPE.null;
  const number = NUMBER.exec(text);
  if (!number) return undefined;
  if (number[1] !== undefined || number[2] !== undefined) return SHAPE.double;
  return integerTextShape(text);
}

/** True when a result of {@link scalarShape} is that of an integer. */
export function isIntegerShape(kind: number): boolean {
  return kind === SHAPE.integer || kind === SHAPE.unsigned || kind === SHAPE.long || kind === SHAPE.huge;
}

/** Bytes that may follow a backslash, except `u`: RFC 8259, section 7. */
const ESCAPED = new Uint8Array(256);
for (const byte of Buffer.from('"\\/bfnrt')) ESCAPED[byte] = 1;

const BACKSLASH = 0x5c;
const U = 0x75;

/** {@link readEscape}: the bytes end within the escape. */
export const UNFINISHED = -1;

/** {@link readEscape}: the escape is invalid. */
export const INVALID = -2;

/** {@link readEscape}: set in the offset when the escape is a lone surrogate. No buffer is this long. */
export const HALF_PAIR = 0x40000000;

/** Reads the escape at a backslash: the offset after it, or one of the values above. A surrogate pair is one escape. */
export function readEscape(bytes: Uint8Array, at: number, end: number): number {
  if (at + 1 >= end) return UNFINISHED;
  if (bytes[at + 1] !== U) return ESCAPED[bytes[at + 1]!] ? at + 2 : INVALID;
  const unit = hexUnit(bytes, at + 2, end);
  if (unit < 0 || unit < 0xd800 || unit > 0xdfff) return unit < 0 ? unit : at + 6;
  if (unit <= 0xdbff) {
    if (at + 6 >= end || (bytes[at + 6] === BACKSLASH && at + 7 >= end)) return UNFINISHED;
    if (bytes[at + 6] === BACKSLASH && bytes[at + 7] === U) {
      const low = hexUnit(bytes, at + 8, end);
      if (low < 0) return low;
      if (low >= 0xdc00 && low <= 0xdfff) return at + 12;
    }
  }
  return (at + 6) | HALF_PAIR;
}

function hexUnit(bytes: Uint8Array, at: number, end: number): number {
  let unit = 0;
  for (let i = at; i < at + 4; i++) {
    if (i >= end) return UNFINISHED;
    const c = bytes[i]!;
    const digit = c >= 0x30 && c <= 0x39 ? c - 0x30 : (c | 32) >= 0x61 && (c | 32) <= 0x66 ? (c | 32) - 0x57 : -1;
    if (digit < 0) return INVALID;
    unit = unit * 16 + digit;
  }
  return unit;
}

const EVENT_ID = Buffer.from('event_id');

/** The length of the key `event_id`. */
export const EVENT_ID_LENGTH = EVENT_ID.length;

/** True when the key `event_id` is at `start`. An escaped spelling does not count. */
export function isEventId(bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < EVENT_ID_LENGTH; i++) if (bytes[start + i] !== EVENT_ID[i]) return false;
  return true;
}

/** The error for an unexpected byte. */
export function unexpected(byte: number, wanted = 'a JSON value'): string {
  const isPrintable = byte > 0x20 && byte < 0x7f;
  const shown = isPrintable ? `"${String.fromCharCode(byte)}"` : `byte 0x${byte.toString(16).padStart(2, '0')}`;
  return `unexpected ${shown} where ${wanted} should be`;
}

/** A token, cut for an error message. */
export function clip(token: string): string {
  return token.length > 40 ? `${token.slice(0, 40)}...` : token;
}
