/*
 * The function that writes values is over 60 lines long. Its closures call each other for nested values, run for each
 * attribute, and share the bytes, the reader and the output as local variables.
 */
import { MAX_NESTING } from '../../core/limits.js';
import { DecodeError } from '../decoder.js';
import type { JsonWriter } from './json-writer.js';
import { WIRE } from './message-kind.js';
import { ANY_VALUE, ARRAY_VALUE, KEY_VALUE_LIST } from './messages.js';
import type { Wire } from './wire.js';

const COMMA = 0x2c;
const COLON = 0x3a;

/** Values have tags of fields below 16, one byte each. */
const tag = (no: number, type: number): number => (no << 3) | type;
const STRING = tag(ANY_VALUE.no.string_value, WIRE.length);
const BOOL = tag(ANY_VALUE.no.bool_value, WIRE.varint);
const INT = tag(ANY_VALUE.no.int_value, WIRE.varint);
const DOUBLE = tag(ANY_VALUE.no.double_value, WIRE.bit64);
const ARRAY = tag(ANY_VALUE.no.array_value, WIRE.length);
const KEY_VALUES = tag(ANY_VALUE.no.kvlist_value, WIRE.length);
const BYTES = tag(ANY_VALUE.no.bytes_value, WIRE.length);

/** Writes AnyValue (common.proto) as JSON: bytes as base64, a double with a fraction, NaN and infinities as text, an empty value as null. */
export interface AnyValues {
  /** Writes the AnyValue at an offset of a field. @param depth its depth in the event's JSON */
  write(at: number, depth: number): void;
  /** A list of KeyValue as a JSON object; the field `no` of the message between `start` and `end`. @param first the offset of its first value, or -1 */
  writeObject(no: number, first: number, end: number, depth: number): void;
}

/** Creates the writer of values. */
// eslint-disable-next-line max-lines-per-function -- closures that call each other, for each value
export function anyValues(wire: Wire, out: JsonWriter): AnyValues {
  const { bytes } = wire;

  function deeper(depth: number): number {
    if (depth < MAX_NESTING) return depth + 1;
    throw new DecodeError('nested_too_deep', `a value nests deeper than ${MAX_NESTING} levels`, { offset: wire.pos });
  }

  function write(at: number, depth: number): void {
    // The common case: less than 128 bytes, and a string.
    const short = bytes[at]!;
    if (short < 0x80 && bytes[at + 1] === STRING && short >= 2 && bytes[at + 2] === short - 2) {
      out.string(bytes, at + 3, at + 1 + short);
      return;
    }
    const end = wire.enter(at);
    let pos = wire.pos;
    let kind = 0;
    let value = -1;
    // The last member of a oneof counts (https://protobuf.dev/programming-guides/encoding, "Oneofs").
    while (pos < end) {
      const found = bytes[pos]!;
      const next = wire.after(pos, end);
      if (isValue(found)) {
        kind = found;
        value = pos + 1;
      }
      pos = next;
    }
    writeValue(kind, value, depth);
  }

  function writeValue(kind: number, at: number, depth: number): void {
    switch (kind) {
      case STRING: {
        const end = wire.enter(at);
        out.string(bytes, wire.pos, end);
        return;
      }
      case BOOL:
        out.text(wire.bool(at) ? 'true' : 'false');
        return;
      case INT:
        // Up to 27 bits: four bytes, ended by the last.
        if (bytes[at]! < 0x80 || bytes[at + 1]! < 0x80 || bytes[at + 2]! < 0x80) out.natural(wire.uint32(at));
        else out.text(String(wire.int64(at)));
        return;
      case DOUBLE:
        out.double(wire.double(at));
        return;
      case BYTES: {
        const end = wire.enter(at);
        out.base64(bytes, wire.pos, end);
        return;
      }
      case ARRAY:
        writeArray(wire.enter(at), deeper(depth));
        return;
      case KEY_VALUES: {
        const end = wire.enter(at);
        writeObject(KEY_VALUE_LIST.no.values, wire.next(KEY_VALUE_LIST.no.values, wire.pos, end), end, depth);
        return;
      }
      default:
        out.text('null');
    }
  }

  function writeArray(end: number, depth: number): void {
    out.byte(0x5b);
    let isFirst = true;
    for (let at = wire.next(ARRAY_VALUE.no.values, wire.pos, end); at >= 0;) {
      if (!isFirst) out.byte(COMMA);
      isFirst = false;
      const after = wire.enter(at);
      write(at, depth);
      at = wire.next(ARRAY_VALUE.no.values, after, end);
    }
    out.byte(0x5d);
  }

  function writeObject(no: number, first: number, end: number, depth: number): void {
    const inner = deeper(depth);
    out.byte(0x7b);
    let isFirst = true;
    for (let at = first; at >= 0;) {
      if (!isFirst) out.byte(COMMA);
      isFirst = false;
      const after = wire.keyValue(at);
      const { value } = wire;
      out.string(bytes, wire.keyStart, wire.keyEnd);
      out.byte(COLON);
      if (value < 0) out.text('null');
      else write(value, inner);
      at = wire.next(no, after, end);
    }
    out.byte(0x7d);
  }

  return { write, writeObject };
}

function isValue(tag: number): boolean {
  switch (tag) {
    case STRING:
    case BOOL:
    case INT:
    case DOUBLE:
    case ARRAY:
    case KEY_VALUES:
    case BYTES:
      return true;
    default:
      return false;
  }
}
