import type { EventMeta } from '../core/event.js';

/** The reason for refusing a stream of events; metrics count by it. */
export type RefusalReason =
  | 'invalid_json'
  | 'truncated_json'
  | 'invalid_utf8'
  | 'invalid_csv'
  | 'invalid_metrics'
  | 'invalid_event'
  | 'schema_violation'
  | 'invalid_logfmt'
  | 'invalid_form'
  | 'invalid_line'
  | 'invalid_protobuf'
  | 'invalid_otlp'
  | 'event_too_large'
  | 'request_too_large'
  | 'busy'
  | 'nested_too_deep'
  | 'cannot_decompress'
  | 'inflates_too_much'
  | 'unsupported_media';

/** The location of an error: see {@link DecodeError}. */
export interface DecodeLocation {
  readonly line?: number;
  readonly offset?: number;
  readonly index?: number;
  readonly field?: string;
}

/**
 * Thrown by a decoder at the first bytes that it cannot take. The sink has every event before them. `line` counts from
 * 1, `offset` is in bytes from the start of the (decompressed) stream, from 0. `index` counts the events of a request
 * from 0, `field` is the key that is missing or wrong.
 */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  readonly reason: RefusalReason;
  readonly line: number | undefined;
  readonly offset: number | undefined;
  readonly index: number | undefined;
  readonly field: string | undefined;

  constructor(reason: RefusalReason, message: string, location: DecodeLocation = {}) {
    super(message);
    this.reason = reason;
    this.line = location.line;
    this.offset = location.offset;
    this.index = location.index;
    this.field = location.field;
  }
}

/**
 * Turns a stream of bytes into events as they arrive. Independent of transport and storage. Await a promise from
 * `write` before the next call; a chunk may be reused after it.
 * @throws DecodeError (or rejects with one) from `write` and `end`; the decoder is unusable after it.
 */
export interface Decoder {
  write(chunk: Uint8Array): void | Promise<void>;
  end(): void | Promise<void>;
}

/** Reads whole JSON objects. */
export interface ObjectScanner {
  /**
   * Reads the object that starts at `start` into `meta`. Returns its end; -1 for one that is unusual, invalid or
   * unfinished.
   * @param bytes in valid UTF-8.
   */
  scan(bytes: Uint8Array, start: number, end: number, meta: EventMeta): number;
}

/** Options that every decoder takes. */
export interface DecoderOptions {
  /** In bytes. */
  readonly maxEventBytes: number;
  /**
   * Called for a JSON value over that limit, complete or so far: returns true to accept it. Without it, none may exceed
   * the limit.
   */
  readonly mayExceed?: ((bytes: Uint8Array, start: number, length: number) => boolean) | undefined;
  /** JSON objects of earlier streams, whose like is decoded faster. */
  readonly knownObjects?: ObjectScanner | undefined;
}

/** The error for an event over the limit. */
export function tooLarge(maxEventBytes: number, place: DecodeLocation): DecodeError {
  return new DecodeError('event_too_large', `an event is larger than ${maxEventBytes} bytes`, place);
}
