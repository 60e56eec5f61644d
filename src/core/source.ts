/*
 * A source is a sequence of events that can be read again, such as a file. Its events are numbered from 1, and the
 * journal stores the number of the last one in the same transaction as the event: an event sent twice is stored once,
 * whichever process died in between. The HTTP API calls a source a feed.
 */

/** The state of a source in the store. */
export interface SourceState {
  /** The name of the source, unique in the store. */
  readonly source: string;
  /** The number of the last stored event. */
  readonly position: number;
  /** The reader's note of its offset in the source, for this event or an earlier one. */
  readonly checkpoint: string;
}

/** The headers of a POST with events of a source. Source and checkpoint are percent-encoded. */
export const SOURCE_HEADERS = {
  source: 'telemetry-feed',
  /** The number of the last event before those of the POST. */
  position: 'telemetry-feed-position',
  checkpoint: 'telemetry-feed-checkpoint',
  /** The numbers of the events of the POST, less the position, as {@link writeRanges}; by default 1, 2, 3 and so on. */
  numbers: 'telemetry-feed-numbers',
  /** Those of the events that are binary messages: base64 in a JSON string. */
  binary: 'telemetry-feed-binary',
} as const;

/**
 * The headers of events that one store forwards to another. `store` is the receiving store as `ID:EPOCH`, in requests and
 * in the reply of {@link SOURCES_PATH}; another store refuses the request. `origin` are the ids of the stores that the
 * events have passed, the first one first, with commas between.
 */
export const FORWARD_HEADERS = { store: 'telemetry-store', origin: 'telemetry-origin' } as const;

/** The path that lists sources: `GET /feeds?prefix=...` returns a JSON array of {@link SourceState}. */
export const SOURCES_PATH = '/feeds';

/** The prefix of sources that end with their sending process; the store forgets them after a while. */
export const ONCE = 'once:';
