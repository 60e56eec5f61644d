/** Why a stream of events was refused; metrics count by it. */
export type RefusalReason =
  | 'invalid_json'
  | 'truncated_json'
  | 'invalid_utf8'
  | 'invalid_csv'
  | 'event_too_large'
  | 'nested_too_deep'
  | 'cannot_decompress'
  | 'inflates_too_much'
  | 'unsupported_media';

/**
 * Thrown by a decoder at the first bytes that it cannot take. Every event before them was handed to the sink.
 * `line` counts from 1, `offset` is in bytes from the start of the (decompressed) stream, from 0.
 */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  readonly reason: RefusalReason;
  readonly line: number | undefined;
  readonly offset: number | undefined;

  constructor(reason: RefusalReason, message: string, place: { line?: number; offset?: number } = {}) {
    super(message);
    this.reason = reason;
    this.line = place.line;
    this.offset = place.offset;
  }
}

/** How a payload's text relates to what was sent, where it is not simply the JSON that was sent. */
export const ENCODING = {
  /** The JSON as it was sent. */
  none: 0,
  /** JSON as it was sent, with an escape of half a surrogate pair (`"\ud83d"`): valid JSON, but no Unicode text. */
  surrogate: 1,
  /** A binary message, as base64 in a JSON string. */
  base64: 2,
} as const;

/** One of {@link ENCODING}. */
export type Encoding = (typeof ENCODING)[keyof typeof ENCODING];

/** What a decoder tells of an event beside its bytes. One object is used again for every event: read it during the call. */
export interface EventFacts {
  /** A hash of the event's keys, structure and kinds of values: 53 bits. Equal shapes have equal hashes. */
  shape: number;
  encoding: Encoding;
  /** Where the value of a top-level `event_id` (a string without its quotes, or an integer) stands, counted from the event's start; -1 when there is none. */
  idStart: number;
  idEnd: number;
}

/** Takes one event: the JSON in `bytes` from `start` to `end`, valid only during the call. */
export type EventSink = (bytes: Uint8Array, start: number, end: number, facts: EventFacts) => void;

/**
 * Turns a stream of bytes into events as they arrive. Knows no transport and no storage.
 * A promise from `write` must be awaited before the next call.
 * @throws DecodeError (or rejects with one) from `write` and `end`; the decoder is unusable after it.
 */
export interface Decoder {
  write(chunk: Uint8Array): void | Promise<void>;
  end(): void | Promise<void>;
}

/** The least a decoder is told. */
export interface DecoderOptions {
  /** In bytes. */
  readonly maxEventBytes: number;
}

/** The error for an event over the limit. */
export function tooLarge(maxEventBytes: number, place: { line?: number; offset?: number }): DecodeError {
  return new DecodeError('event_too_large', `an event is larger than ${maxEventBytes} bytes`, place);
}
