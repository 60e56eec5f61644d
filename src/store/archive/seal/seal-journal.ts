import { TelemetryError } from '../../../core/errors.js';
import { openSealedRows } from '../../journal/trim.js';
import { withArchive, type ArchiveOptions } from './open-archive.js';
import { archiveKind, kindNamed } from '../formats/registry.js';
import { sealInRoom } from './seal-in-room.js';

/** The progress of sealing. */
export interface SealProgress {
  readonly events: number;
  /** The number of events to seal. */
  readonly of: number;
}

export interface SealJournalOptions extends ArchiveOptions {
  /** True when another process writes to the store, so that sealing pauses for it. */
  readonly isShared: () => boolean;
  /** Counting the events for it takes a look at each page of the journal. */
  readonly onProgress?: (progress: SealProgress) => void;
}

/** The sealed events; incomplete when the signal aborted. */
export interface SealedJournal {
  readonly events: number;
  readonly segments: number;
  /** Of the segments' files. */
  readonly bytes: number;
  readonly isComplete: boolean;
}

/**
 * Seals all events that are in the journal now, and gives the room of their rows back to the file system.
 * @throws TelemetryError `noStore`; `failure` for a store that keeps its events in the journal; what sealBatch throws.
 */
export async function sealJournal(options: SealJournalOptions, signal: AbortSignal): Promise<SealedJournal> {
  const sum = { events: 0, segments: 0, bytes: 0 };
  const isComplete = await withArchive(options, signal, async context => {
    const name = archiveKind(context.catalog);
    if (name === 'none') throw keptInJournal(options.dir);
    const { reader } = context;
    const lastId = reader.lastId();
    const of = options.onProgress ? reader.countEvents(reader.sealedId(), lastId) : 0;
    options.onProgress?.({ events: 0, of });
    const rows = openSealedRows(options.dir);
    const trim = (): Promise<void> => rows.trim({ signal, isShared: options.isShared, shrinks: true });
    try {
      for await (const batch of sealInRoom(context, kindNamed(name), () => lastId, trim)) {
        sum.events += batch.events;
        sum.segments += batch.segments.length;
        sum.bytes += batch.segments.reduce((bytes, segment) => bytes + segment.bytes, 0);
        options.onProgress?.({ events: sum.events, of });
      }
      await trim();
    } finally {
      rows.close();
    }
    return !signal.aborted;
  });
  return { ...sum, isComplete: isComplete === true };
}

function keptInJournal(dir: string): TelemetryError {
  return new TelemetryError('failure', `the store ${dir} keeps its events in the journal (archive none)`, {
    remedy: 'Choose another kind of archive first: telemetry archive convert --to parquet.',
  });
}
