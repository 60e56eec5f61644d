/*
 * A feed is a source of events that can be read again, such as a file. Its events are numbered from 1 in the order of
 * the source, and the journal keeps the number of the last one stored, in the same transaction as the event: whatever
 * is sent twice is stored once, whoever died in between.
 */

/** Where a feed goes on: what the store keeps of it. */
export interface SourceState {
  /** Names the feed, within the store. */
  readonly source: string;
  /** The number of the last event of the feed that is stored. */
  readonly position: number;
  /** What the feed's reader wrote to find its place again, at this position or one before it. */
  readonly checkpoint: string;
}

/** The headers of a POST whose events belong to a feed. Source and checkpoint are percent-encoded. */
export const SOURCE_HEADERS = {
  source: 'telemetry-feed',
  /** The number of the last event before those of the POST. */
  position: 'telemetry-feed-position',
  checkpoint: 'telemetry-feed-checkpoint',
} as const;

/** Where a server tells of its feeds: `GET /feeds?prefix=...` replies with a JSON array of {@link SourceState}. */
export const SOURCES_PATH = '/feeds';

/** Feeds whose source begins with this end with the process that sends them; the store forgets them after a while. */
export const ONCE = 'once:';
