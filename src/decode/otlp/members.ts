import { DecodeError } from '../decoder.js';
import type { AnyValues } from './any-value.js';
import type { Attributes } from './attributes.js';
import type { JsonWriter } from './json-writer.js';
import type { Piece } from './piece.js';
import type { Wire } from './wire.js';

/** Trace ids have 16 bytes, span ids 8. Others are kept as they are, up to this. */
const MAX_ID_BYTES = 64;

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
  /** Begins the record between two offsets. */
  open(start: number, end: number): void;
  /** Writes its next event, without the closing brace. False when there is none. */
  next(): boolean;
}

/**
 * Writes members of an event from fields of a message, each by its offset, with its key as `memberKey` makes it. A
 * field that is not there, or has the default of its type, is left out: in proto3 that is the same.
 */
export interface Members {
  string(key: Piece, at: number): void;
  /** In lower-case hexadecimal. An id of zeros is none (trace.proto): some SDKs send it for the parent of a root. */
  id(key: Piece, at: number): void;
  uint32(key: Piece, at: number): void;
  fixed32(key: Piece, at: number): void;
  /** An unsigned integer, a time in nanoseconds say, with all its digits. */
  fixed64(key: Piece, at: number): void;
  /** Also zero: the field is optional, or zero says something. NaN and infinities are left out. */
  double(key: Piece, at: number): void;
}

/** Creates the writer of members. */
export function membersOf(wire: Wire, out: JsonWriter): Members {
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
    id(key, at) {
      if (at < 0) return;
      const end = wire.enter(at);
      const start = wire.pos;
      if (isZero(start, end)) return;
      if (end - start > MAX_ID_BYTES) {
        throw new DecodeError('invalid_otlp', `an id has ${end - start} bytes`, { offset: start });
      }
      out.key(key);
      out.hex(bytes, start, end);
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
