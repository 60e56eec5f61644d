/** The relation between a payload's text and the bytes sent. */
export const ENCODING = {
  /** The JSON as sent. */
  none: 0,
  /** JSON as sent, with an escaped lone surrogate (`"\ud83d"`): valid JSON, but not Unicode text. */
  surrogate: 1,
  /** A binary message, as base64 in a JSON string. */
  base64: 2,
  /** An event of a denied type: acknowledged, not stored, without bytes. */
  denied: 3,
} as const;

/** One of {@link ENCODING}. */
export type Encoding = (typeof ENCODING)[keyof typeof ENCODING];

/** Metadata that a decoder computes with an event. One object is reused for every event: read it during the call. */
export interface EventMeta {
  /** A hash of the event's keys, structure and kinds of values: 53 bits. Equal shapes have equal hashes. */
  shape: number;
  encoding: Encoding;
  /**
   * Offset of the value of a top-level `event_id` (a string without its quotes, or an integer) from the event's start;
   * -1 without one.
   */
  idStart: number;
  idEnd: number;
}

/** Takes one event: the JSON in `bytes` from `start` to `end`, valid only during the call. */
export type EventSink = (bytes: Uint8Array, start: number, end: number, meta: EventMeta) => void;
