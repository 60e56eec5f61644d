/*
 * Longer than most files: one reader, whose methods share the bytes and the offset of a hot path. They are closures of
 * one function of more than 60 lines, since they run for each field: the offset is a local variable of that function.
 */
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { DecodeError } from '../decoder.js';
import { WIRE, type MessageKind } from './message-kind.js';
import { KEY_VALUE } from './messages.js';

/** The offsets of a message's fields by field number; -1 for an absent one. */
export type Offsets = Int32Array;

/**
 * Reads messages in place: only offsets into their bytes are made. By the rules of
 * https://protobuf.dev/programming-guides/encoding, unknown fields are skipped, the last value of a singular field
 * counts, and a repeated scalar may be packed or not. Every method throws a DecodeError `invalid_protobuf` for
 * malformed bytes.
 */
export interface Wire {
  readonly bytes: Uint8Array;
  /** The offset of the next read. */
  readonly pos: number;
  /**
   * Notes the offsets of the fields of the message between `start` and `end`: the last value of a singular one, the
   * first of a repeated one.
   */
  scan(kind: MessageKind, start: number, end: number, at: Offsets): void;
  /** The offset after the field whose tag is at `from`. */
  after(from: number, end: number): number;
  /** The offset of the next value of a repeated field of messages from `from` on, or -1. */
  next(no: number, from: number, end: number): number;
  /** The offset of the last value of a field with a length, or -1. */
  last(no: number, start: number, end: number): number;
  /** Begins a value with a length (message, string, bytes): sets `pos` to its start and returns its end. */
  enter(at: number): number;
  /** Reads a KeyValue into `keyStart`, `keyEnd` and `value`, and returns its end. */
  keyValue(at: number): number;
  readonly keyStart: number;
  readonly keyEnd: number;
  /** The offset of its AnyValue, or -1. */
  readonly value: number;
  bool(at: number): boolean;
  /** Reads an unsigned varint; only the lower 32 bits of a longer one. */
  uint32(at: number): number;
  sint32(at: number): number;
  uint64(at: number): bigint;
  int64(at: number): bigint;
  double(at: number): number;
  /** Reads eight bytes into `low` and `high`, both signed. */
  fixed64(at: number): void;
  readonly low: number;
  readonly high: number;
  fixed32(at: number): number;
  /** Calls back with the offset of each value of a repeated scalar, packed or not. */
  eachScalar(no: number, type: number, start: number, end: number, take: (at: number) => void): void;
}

/** Tags of the fields of a KeyValue. */
const KEY = (KEY_VALUE.no.key << 3) | WIRE.length;
const VALUE = (KEY_VALUE.no.value << 3) | WIRE.length;

/** Allocates the offsets of a message. */
export function offsetsOf(kind: MessageKind): Offsets {
  return new Int32Array(kind.wire.length);
}

/** Creates the reader of one request. */
// eslint-disable-next-line max-lines-per-function -- closures over the bytes and one offset, called for each field
export function openWire(bytes: Uint8Array): Wire {
  const reader = new BinaryReader(bytes);
  let pos = 0;
  let keyStart = 0;
  let keyEnd = 0;
  let value = -1;
  let low = 0;
  let high = 0;

  const invalid = (what: string, offset: number): DecodeError =>
    new DecodeError('invalid_protobuf', `the request is not valid protobuf: ${what}`, { offset });

  /** Reads a long varint with the library, and rewords its errors for missing or malformed bytes. */
  function longVarint(): number {
    reader.pos = pos;
    let value: number;
    try {
      value = reader.uint32();
    } catch (error) {
      throw invalid(error instanceof RangeError ? 'it ends within a value' : 'a varint has no end', pos);
    }
    pos = reader.pos;
    return value;
  }

  function varint(): number {
    const byte = bytes[pos]!;
    if (byte < 0x80 && pos < bytes.length) {
      pos++;
      return byte;
    }
    // Lengths of up to four bytes are common.
    let value = byte & 0x7f;
    for (let i = 1; i < 4; i++) {
      const next = bytes[pos + i]!;
      value |= (next & 0x7f) << (7 * i);
      if (next < 0x80) {
        pos += i + 1;
        return value;
      }
    }
    return longVarint();
  }

  function enter(at: number): number {
    pos = at;
    const length = varint();
    return pos + length;
  }

  function tagAt(end: number): number {
    const start = pos;
    const tag = varint();
    if (tag < 8) throw invalid('a field has the number 0', start);
    if (pos > end) throw invalid('a value runs past the end of its message', start);
    return tag;
  }

  /** Skips the value of a tag that ends before `end`. */
  function skip(tag: number, end: number): void {
    const start = pos;
    switch (tag & 7) {
      case WIRE.varint:
        varint();
        break;
      case WIRE.bit64:
        pos += 8;
        break;
      case WIRE.bit32:
        pos += 4;
        break;
      case WIRE.length: {
        const length = varint();
        pos += length;
        break;
      }
      case WIRE.startGroup:
        skipGroup(end);
        break;
      default:
        throw invalid(
          (tag & 7) === WIRE.endGroup ? 'a group ends that did not begin' : `unknown wire type ${tag & 7}`,
          start,
        );
    }
    if (pos > end) throw invalid('a value runs past the end of its message', start);
  }

  /** Skips a group (proto2), including nested groups. */
  function skipGroup(end: number): void {
    for (let groups = 1; groups > 0;) {
      if (pos >= end) throw invalid('it ends within a group', pos);
      const tag = tagAt(end);
      if ((tag & 7) === WIRE.startGroup) groups++;
      else if ((tag & 7) === WIRE.endGroup) groups--;
      else skip(tag, end);
    }
  }

  /** The library's reader at an offset whose value was skipped before, and so is complete. */
  function readerAt(at: number): BinaryReader {
    reader.pos = at;
    return reader;
  }

  return {
    bytes,
    get pos() {
      return pos;
    },
    get low() {
      return low;
    },
    get high() {
      return high;
    },
    scan({ wire, repeated }, start, end, at) {
      at.fill(-1);
      pos = start;
      while (pos < end) {
        const tag = tagAt(end);
        const value = pos;
        skip(tag, end);
        const no = tag >>> 3;
        if (no < wire.length && (wire[no] === (tag & 7) || (repeated[no] === 1 && (tag & 7) === WIRE.length))) {
          if (repeated[no] === 0 || at[no]! < 0) at[no] = value;
        }
      }
    },
    after(from, end) {
      pos = from;
      skip(tagAt(end), end);
      return pos;
    },
    next(no, from, end) {
      const wanted = (no << 3) | WIRE.length;
      pos = from;
      while (pos < end) {
        const tag = tagAt(end);
        const value = pos;
        skip(tag, end);
        if (tag === wanted) return value;
      }
      return -1;
    },
    last(no, start, end) {
      const wanted = (no << 3) | WIRE.length;
      let found = -1;
      pos = start;
      while (pos < end) {
        const tag = tagAt(end);
        const value = pos;
        skip(tag, end);
        if (tag === wanted) found = value;
      }
      return found;
    },
    enter,
    keyValue(at) {
      // The common case: less than 128 bytes, the key before the value, and no other field.
      const short = bytes[at]!;
      const keyLength = bytes[at + 2]!;
      const valueAt = at + 4 + keyLength;
      if (
        short < 0x80 &&
        bytes[at + 1] === KEY &&
        bytes[valueAt - 1] === VALUE &&
        valueAt + bytes[valueAt]! - (at + short) === 0
      ) {
        keyStart = at + 3;
        keyEnd = valueAt - 1;
        value = valueAt;
        return at + 1 + short;
      }
      const end = enter(at);
      keyStart = keyEnd = pos;
      value = -1;
      while (pos < end) {
        const tag = tagAt(end);
        const start = pos;
        skip(tag, end);
        if (tag === KEY) {
          const after = pos;
          keyEnd = enter(start);
          keyStart = pos;
          pos = after;
        } else if (tag === VALUE) value = start;
      }
      return end;
    },
    get keyStart() {
      return keyStart;
    },
    get keyEnd() {
      return keyEnd;
    },
    get value() {
      return value;
    },
    bool: at => readerAt(at).bool(),
    uint32(at) {
      pos = at;
      return varint();
    },
    sint32: at => readerAt(at).sint32(),
    uint64: at => BigInt(readerAt(at).uint64()),
    int64: at => BigInt(readerAt(at).int64()),
    double: at => readerAt(at).double(),
    fixed64(at) {
      low = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
      high = bytes[at + 4]! | (bytes[at + 5]! << 8) | (bytes[at + 6]! << 16) | (bytes[at + 7]! << 24);
    },
    fixed32: at => readerAt(at).fixed32(),
    eachScalar(no, type, start, end, take) {
      pos = start;
      while (pos < end) {
        const tag = tagAt(end);
        const value = pos;
        skip(tag, end);
        const after = pos;
        if (tag >>> 3 !== no) continue;
        if ((tag & 7) === type) take(value);
        else if ((tag & 7) === WIRE.length) {
          pos = value;
          varint();
          while (pos < after) {
            const at = pos;
            skip(type, after);
            const next = pos;
            take(at);
            pos = next;
          }
        }
        pos = after;
      }
    },
  };
}
