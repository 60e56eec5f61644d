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
} as const;

/** The path that lists sources: `GET /feeds?prefix=...` returns a JSON array of {@link SourceState}. */
export const SOURCES_PATH = '/feeds';

/** The prefix of sources that end with their sending process; the store forgets them after a while. */
export const ONCE = 'once:';
