import type { AnyValues } from './any-value.js';
import type { Attributes } from './attributes.js';
import { idTextStart, type IdKeys } from './ids.js';
import type { JsonWriter } from './json-writer.js';
import type { Piece } from './piece.js';
import type { Wire } from './wire.js';

/** The shared parts of record readers. */
export interface Parts {
  readonly wire: Wire;
  readonly out: JsonWriter;
  readonly values: AnyValues;
  readonly attributes: Attributes;
  readonly members: Members;
}

/** Reads a record: one event, or for a metric one event a data point. */
export interface RecordReader {
  /** Begins the record between two offsets. @throws DecodeError for invalid protobuf */
  open(start: number, end: number): void;
  /**
   * Writes the next event, without the closing brace. Returns false after the last. After an error, continues with the
   * event after it.
   */
  next(): boolean;
}

/**
 * Writes members of an event from fields of a message, each by its offset, with its key from `memberKey`. A missing
 * field, or one with the default of its type, is left out: proto3 does not distinguish them.
 */
export interface Members {
  string(key: Piece, at: number): void;
  /**
   * Writes an id in lower-case hexadecimal. An id of zeros is absent (trace.proto): some SDKs send it for the parent of
   * a root. An id of a wrong length is null, and a second member has the text sent.
   */
  id(keys: IdKeys, at: number): void;
  uint32(key: Piece, at: number): void;
  fixed32(key: Piece, at: number): void;
  /** Writes an unsigned integer with all digits, such as a time in nanoseconds. */
  fixed64(key: Piece, at: number): void;
  /**
   * Writes a double, including zero: the field is optional, or zero is significant. NaN and infinities are left out.
   */
  double(key: Piece, at: number): void;
}

/**
 * Creates the writer of members.
 * @param isJson true for a request that came as JSON, whose ids may be text
 */
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
