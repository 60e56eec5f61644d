/** How a payload's text relates to what was sent, where it is not simply the JSON that was sent. */
export const ENCODING = {
  /** The JSON as it was sent. */
  none: 0,
  /** JSON as it was sent, with an escape of half a surrogate pair (`"\ud83d"`): valid JSON, but no Unicode text. */
  surrogate: 1,
  /** A binary message, as base64 in a JSON string. */
  base64: 2,
  /** Of a denied type: the event is acknowledged in its place, and nothing of it is stored. It has no bytes. */
  denied: 3,
} as const;

/** One of {@link ENCODING}. */
export type Encoding = (typeof ENCODING)[keyof typeof ENCODING];

/** What a decoder tells of an event beside its bytes. One object is used again for every event: read it during the call. */
export interface EventMeta {
  /** A hash of the event's keys, structure and kinds of values: 53 bits. Equal shapes have equal hashes. */
  shape: number;
  encoding: Encoding;
  /** Where the value of a top-level `event_id` (a string without its quotes, or an integer) stands, counted from the event's start; -1 when there is none. */
  idStart: number;
  idEnd: number;
}

/** Takes one event: the JSON in `bytes` from `start` to `end`, valid only during the call. */
export type EventSink = (bytes: Uint8Array, start: number, end: number, facts: EventMeta) => void;
