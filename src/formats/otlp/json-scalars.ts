/*
 * The function with the writers is over 60 lines long: one closure for each type of scalar. They run for each value of a
 * request, and share its bytes and the output as local variables.
 */
import { Buffer } from 'node:buffer';
import { ID_BYTES, textId } from './ids.js';
import type { NamedField } from './json-names.js';
import type { ProtobufWriter } from './protobuf-writer.js';

const UINT32_MAX = 0xffffffffn;
const RANGES: Readonly<Record<string, readonly [low: bigint, high: bigint]>> = {
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  sfixed64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
  fixed64: [0n, 2n ** 64n - 1n],
  uint32: [0n, UINT32_MAX],
  fixed32: [0n, UINT32_MAX],
  sint32: [-(2n ** 31n), 2n ** 31n - 1n],
  enum: [-(2n ** 31n), 2n ** 31n - 1n],
};

const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;
const INTEGER = /^-?\d+$/;

/** More than 64 bits need, including leading zeros: parsing thousands of digits would be slow. */
const MAX_INTEGER_CHARACTERS = 40;

/** An integer with at most this many digits fits 64 bits unsigned. */
const MAX_EXACT_DIGITS = 19;

/** Writes JSON scalars as protobuf. Both methods return the expected type when the value does not fit. */
export interface JsonScalars {
  /** A string, between its quotes. */
  string(field: NamedField, start: number, end: number): string | undefined;
  /** Any other value that is not null: a number, `true`, `false`; objects and arrays never fit. */
  other(field: NamedField, start: number, end: number): string | undefined;
}

/** JSON's grammar of numbers (RFC 8259, section 6). */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * Creates the writer of a request's scalars. @param check called before a suspicious value is treated as JSON
 */
// eslint-disable-next-line max-lines-per-function -- a closure for each type of scalar
export function jsonScalars(json: Uint8Array, out: ProtobufWriter, check: () => void): JsonScalars {
  const bytes = Buffer.from(json.buffer, json.byteOffset, json.byteLength);

  /** The decoded text of a string; a lone surrogate, which UTF-8 cannot encode, becomes U+FFFD. */
  function unescaped(start: number, end: number): string {
    const text = bytes.toString('utf8', start, end);
    return text.includes('\\') ? (JSON.parse(`"${text}"`) as string).toWellFormed() : text;
  }

  function writeBytes(value: Uint8Array): void {
    out.bytes(value, 0, value.length);
  }

  function writeInteger(field: NamedField, text: string): string | undefined {
    const { type } = field;
    const [low, high] = RANGES[type as string]!;
    const value = integerOf(text, field.names);
    if (value === undefined || value < low || value > high) return `an integer of the type ${String(type)}`;
    if (type === 'fixed32') out.fixed32(Number(value));
    else if (type === 'fixed64' || type === 'sfixed64') out.fixed64(value);
    else if (type === 'sint32') out.varint64(value >= 0n ? value << 1n : (-value << 1n) - 1n);
    else if (value >= 0n && value <= UINT32_MAX) out.varint(Number(value));
    else out.varint64(value);
    return undefined;
  }

  function writeDouble(text: string): string | undefined {
    const value = text === 'NaN' || text.endsWith('Infinity') || text.trim() === text ? Number(text) : NaN;
    if (text === '' || (Number.isNaN(value) && text !== 'NaN')) return 'a number';
    if (!Number.isFinite(value) && /\d/.test(text)) return 'a number that a double can hold';
    out.double(value);
    return undefined;
  }

  /**
   * Writes an integer that consists of digits, as nearly all do; returns false for any other, having written nothing.
   */
  function writeDigits({ type }: NamedField, start: number, end: number): boolean {
    const count = end - start;
    if (count === 0 || count > MAX_EXACT_DIGITS) return false;
    // The last nine digits, and those before them.
    const middle = Math.max(start, end - 9);
    let upper = 0;
    let lower = 0;
    for (let i = start; i < end; i++) {
      const digit = json[i]! - 0x30;
      if (digit < 0 || digit > 9) return false;
      if (i < middle) upper = upper * 10 + digit;
      else lower = lower * 10 + digit;
    }
    if (type === 'fixed64') {
      // upper * 10^9 + lower, sixteen bits at a time: no step exceeds the integers of a double.
      const high16 = Math.floor(upper / 0x10000);
      const low = (upper - high16 * 0x10000) * 1e9 + lower;
      const carry = Math.floor(low / 0x10000);
      const rest = high16 * 1e9 + carry;
      const high = Math.floor(rest / 0x10000);
      out.halves((rest - high * 0x10000) * 0x10000 + (low - carry * 0x10000), high);
      return true;
    }
    if (upper > 0 || (type !== 'uint32' && type !== 'enum' && type !== 'int64' && type !== 'uint64')) return false;
    out.varint(lower);
    return true;
  }

  return {
    string(field, start, end) {
      switch (field.type) {
        case 'string':
          if (!hasEscape(json, start, end)) out.bytes(json, start, end);
          else writeBytes(Buffer.from(unescaped(start, end)));
          return undefined;
        case 'trace_id':
        case 'span_id': {
          const length = ID_BYTES[field.type];
          if (end - start === 2 * length && out.hex(json, start, end)) return undefined;
          writeBytes(textId(unescaped(start, end), length));
          return undefined;
        }
        case 'bytes': {
          const text = unescaped(start, end);
          if (!BASE64.test(text)) return 'base64';
          writeBytes(Buffer.from(text, 'base64'));
          return undefined;
        }
        case 'double':
          return writeDouble(unescaped(start, end));
        case 'bool':
          return 'true or false';
        default:
          return writeDigits(field, start, end) ? undefined : writeInteger(field, unescaped(start, end));
      }
    },
    other(field, start, end) {
      const { type } = field;
      const c = json[start];
      if (type === 'bool' && (c === 0x74 || c === 0x66)) {
        const isTrue = c === 0x74;
        if (end - start !== (isTrue ? 4 : 5) || bytes.toString('latin1', start, end) !== String(isTrue)) check();
        out.varint(isTrue ? 1 : 0);
        return undefined;
      }
      if (type !== 'double' && (c !== 0x30 || end - start === 1) && writeDigits(field, start, end)) return undefined;
      const text = bytes.toString('latin1', start, end);
      if (!NUMBER.test(text)) check();
      switch (type) {
        case 'string':
        case 'bytes':
        case 'trace_id':
        case 'span_id':
          return 'a string';
        case 'bool':
          return 'true or false';
        case 'double':
          return writeDouble(text);
        default:
          return writeInteger(field, text);
      }
    },
  };
}

/** All digits of an integer, also in the forms `1.0`, `1e3` or an enum's name. */
function integerOf(text: string, names: readonly string[] | undefined): bigint | undefined {
  if (INTEGER.test(text) && text.length <= MAX_INTEGER_CHARACTERS) return BigInt(text);
  const named = names?.indexOf(text) ?? -1;
  if (named >= 0) return BigInt(named);
  const value = /^[-\d.eE+]+$/.test(text) ? Number(text) : NaN;
  return Number.isSafeInteger(value) ? BigInt(value) : undefined;
}

function hasEscape(json: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (json[i] === 0x5c) return true;
  return false;
}
