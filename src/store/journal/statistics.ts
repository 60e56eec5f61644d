import type { Micros } from '../../core/duration.js';
import { diskUsage, diskUsageOf } from '../database/disk-use.js';
import { openReader, type JournalReader } from './reader.js';
import { databaseFile } from '../database/store.js';
import type { StoreIdentity } from '../database/store-identity.js';

/** The statistics of a store that need no reading of events: from the journal and the catalog. */
export interface StoreStatistics {
  readonly identity: StoreIdentity;
  readonly streams: number;
  /** Times of receipt of the oldest and the newest event; undefined without events. */
  readonly oldest: Micros | undefined;
  readonly newest: Micros | undefined;
  readonly journal: {
    readonly events: number;
    /** Disk use of the database and its log, in bytes. */
    readonly diskBytes: number;
  };
  readonly archive: {
    readonly segments: number;
    /** Those that verify has set aside; not counted anywhere else. */
    readonly damaged: number;
    readonly events: number;
    /** Of the payloads as they were sent. */
    readonly payloadBytes: number;
    /** Of the segments' files. */
    readonly fileBytes: number;
  };
  /** Disk use of the whole directory, in bytes. */
  readonly diskBytes: number;
}

/**
 * Reads the statistics of the store at `dir`, all of one moment.
 * @throws TelemetryError `noStore` or `failure`, as {@link openReader}.
 */
export function storeStatistics(dir: string): StoreStatistics {
  const reader = openReader(dir);
  try {
    reader.begin();
    const file = databaseFile(dir);
    return {
      identity: reader.identity(),
      streams: reader.countStreams(),
      ...ages(reader),
      journal: {
        events: reader.countEvents(reader.sealedId(), reader.lastId()),
        diskBytes: diskUsageOf([file, `${file}-wal`]),
      },
      archive: archiveStatistics(reader),
      diskBytes: diskUsage(dir),
    };
  } finally {
    reader.end();
    reader.close();
  }
}

function archiveStatistics(reader: JournalReader): StoreStatistics['archive'] {
  const segments = reader.segments();
  const sum = (part: (segment: (typeof segments)[number]) => number): number =>
    segments.reduce((total, segment) => total + part(segment), 0);
  return {
    segments: segments.length,
    damaged: reader.damagedSegments().length,
    events: sum(({ events }) => events),
    payloadBytes: sum(({ types }) => Object.values(types).reduce((total, { bytes }) => total + bytes, 0)),
    fileBytes: sum(({ bytes }) => bytes),
  };
}

function ages(reader: JournalReader): Pick<StoreStatistics, 'oldest' | 'newest'> {
  const lastId = reader.lastId();
  const segments = reader.segments();
  const inJournal = (afterId: number): Micros[] => {
    const time = reader.readPage(['received_at'], Math.max(afterId, reader.sealedId()), lastId, 1).values[0]?.[0];
    return typeof time === 'number' ? [time] : [];
  };
  const oldest = Math.min(...segments.map(({ receivedFrom }) => receivedFrom), ...inJournal(0));
  const newest = Math.max(...segments.map(({ receivedTo }) => receivedTo), ...inJournal(lastId - 1));
  const known = (time: number): Micros | undefined => (Number.isFinite(time) ? time : undefined);
  return { oldest: known(oldest), newest: known(newest) };
}
