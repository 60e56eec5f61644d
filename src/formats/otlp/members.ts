import type { AnyValues } from './any-value.js';
import type { Attributes } from './attributes.js';
import { idTextStart, type IdKeys } from './ids.js';
import type { JsonWriter } from './json-writer.js';
import type { Piece } from './piece.js';
import type { Wire } from './wire.js';

/** What readers of records work with. */
export interface Parts {
  readonly wire: Wire;
  readonly out: JsonWriter;
  readonly values: AnyValues;
  readonly attributes: Attributes;
  readonly members: Members;
}

/** Reads a record, which is one event or, for a metric, one a data point. */
export interface RecordReader {
  /** Begins the record between two offsets. @throws DecodeError for what is not protobuf */
  open(start: number, end: number): void;
  /** Writes its next event, without the closing brace. False when there is none. After an error the one after it is next. */
  next(): boolean;
}

/**
 * Writes members of an event from fields of a message, each by its offset, with its key as `memberKey` makes it. A
 * field that is not there, or has the default of its type, is left out: in proto3 that is the same.
 */
export interface Members {
  string(key: Piece, at: number): void;
  /**
   * In lower-case hexadecimal. An id of zeros is none (trace.proto): some SDKs send it for the parent of a root. One of
   * another length than an id has is null, with what was sent as text beside it.
   */
  id(keys: IdKeys, at: number): void;
  uint32(key: Piece, at: number): void;
  fixed32(key: Piece, at: number): void;
  /** An unsigned integer, a time in nanoseconds say, with all its digits. */
  fixed64(key: Piece, at: number): void;
  /** Also zero: the field is optional, or zero says something. NaN and infinities are left out. */
  double(key: Piece, at: number): void;
}

/** Creates the writer of members. @param isJson true for a request that came as JSON, whose ids may be text */
export function membersOf(wire: Wire, out: JsonWriter, isJson: boolean): Members {
  const { bytes } = wire;

  function isZero(start: number, end: number): boolean {
    for (let i = start; i < end; i++) if (bytes[i] !== 0) return false;
    return true;
  }

  return {
    string(key, at) {
      if (at < 0) return;
      const end = wire.enter(at);
      const start = wire.pos;
      if (start === end) return;
      out.key(key);
      out.string(bytes, start, end);
    },
    id({ key, text, length }, at) {
      if (at < 0) return;
      const end = wire.enter(at);
      const start = wire.pos;
      if (isZero(start, end)) return;
      out.key(key);
      if (end - start === length) {
        out.hex(bytes, start, end);
        return;
      }
      out.text('null');
      out.key(text);
      if (isJson) out.string(bytes, idTextStart(bytes, start), end);
      else out.hex(bytes, start, end);
    },
    uint32(key, at) {
      const value = at < 0 ? 0 : wire.uint32(at);
      if (value === 0) return;
      out.key(key);
      if (value < 0x80000000) out.natural(value);
      else out.text(String(value));
    },
    fixed32(key, at) {
      const value = at < 0 ? 0 : wire.fixed32(at);
      if (value === 0) return;
      out.key(key);
      out.text(String(value));
    },
    fixed64(key, at) {
      if (at < 0) return;
      wire.fixed64(at);
      if (wire.low === 0 && wire.high === 0) return;
      out.key(key);
      out.uint64(wire.low, wire.high);
    },
    double(key, at) {
      const value = at < 0 ? NaN : wire.double(at);
      if (!Number.isFinite(value)) return;
      out.key(key);
      out.double(value);
    },
  };
}
