import type { Micros } from '../core/duration.js';
import { openReader } from './reader.js';

/** What came in during the last `seconds`. */
export interface Rate {
  readonly seconds: number;
  readonly events: number;
}

/** What a store's journal can tell without reading its events. */
export interface JournalStatistics {
  readonly streams: number;
  /** When the oldest and the newest event were received; undefined without events. */
  readonly oldest: Micros | undefined;
  readonly newest: Micros | undefined;
  readonly rates: readonly Rate[];
}

/** The spans of time that rates are given for: a minute, five, an hour. */
const RATE_SECONDS = [60, 300, 3600];

/**
 * Reads the statistics of the store at `dir`, all of one moment.
 * @param now the present, in milliseconds since 1970.
 * @throws TelemetryError `noStore` or `failure`, as {@link openReader}.
 */
export function journalStatistics(dir: string, now: number): JournalStatistics {
  const reader = openReader(dir);
  try {
    reader.begin();
    const lastId = reader.lastId();
    const receivedAt = (afterId: number): Micros | undefined =>
      reader.readPage(['received_at'], afterId, lastId, 1).values[0]?.[0] as Micros | undefined;
    const rates = RATE_SECONDS.map(seconds => {
      const first = reader.firstIdSince((now - seconds * 1000) * 1000);
      return { seconds, events: first === undefined ? 0 : reader.countEvents(first - 1, lastId) };
    });
    return { streams: reader.countStreams(), oldest: receivedAt(0), newest: receivedAt(lastId - 1), rates };
  } finally {
    reader.end();
    reader.close();
  }
}
