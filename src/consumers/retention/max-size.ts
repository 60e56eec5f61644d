import { join } from 'node:path';
import { dropSegments } from '../../store/archive/maintain/remove.js';
import type { AgeBasis } from '../../store/archive/selection.js';
import type { Micros } from '../../core/duration.js';
import type { Catalog } from '../../store/catalog/catalog.js';
import { openCatalog } from '../../store/catalog/catalog.js';
import { diskUsage, diskUsageOf } from '../../store/database/disk-use.js';
import { idRuns, type IdRuns } from '../../store/catalog/id-runs.js';
import { openReader, type JournalReader } from '../../store/journal/reader.js';
import type { Segment } from '../../store/catalog/segments.js';
import { databaseFile } from '../../store/database/store.js';
import { removing, type PruneOptions, type Pruned } from './prune.js';

const DAY_MICROS: Micros = 24 * 3600 * 1e6;

/** The events to remove for a store to fit its maximum size. */
export interface SizePlan {
  /** Disk use of the store in bytes, without files that are about to be deleted. */
  readonly size: number;
  /** Oldest first. */
  readonly segments: readonly Segment[];
  /** The first ids of the journal up to this one; 0 for none. */
  readonly upToId: number;
  /** The number of events to remove; approximate for those of the journal. */
  readonly events: number;
}

/** The parts of a store that the plan considers. */
interface Parts {
  readonly dir: string;
  readonly catalog: Catalog;
  readonly reader: JournalReader;
}

/**
 * Returns the changes that {@link enforceMaxSize} would make to the store at `dir`, without making them. @throws
 * TelemetryError `noStore`, `failure`
 */
export function planMaxSize(dir: string, maxSize: number, by: AgeBasis, now: () => Micros): SizePlan {
  const reader = openReader(dir);
  const catalog = openCatalog(dir, now);
  try {
    return choose({ dir, catalog, reader }, maxSize, by);
  } finally {
    catalog.close();
    reader.close();
  }
}

/**
 * Removes the oldest segments, and where they do not suffice the oldest events of the journal, until the store's
 * directory takes no more than `maxSize`. Events received on the newest day stay, whatever they take.
 * @throws TelemetryError `noStore`, `failure`
 */
export function enforceMaxSize(dir: string, maxSize: number, by: AgeBasis, options: PruneOptions): Promise<Pruned> {
  return removing(dir, options, (context, onRemoved) => {
    const { segments, upToId } = choose(context, maxSize, by);
    dropSegments(context, segments);
    onRemoved(segments.reduce((sum, { events }) => sum + events, 0));
    return Promise.resolve(journalIds(context.reader, upToId));
  });
}

function choose(parts: Parts, maxSize: number, by: AgeBasis): SizePlan {
  const { dir, catalog, reader } = parts;
  const diskOf = (file: string): number => diskUsageOf([join(dir, file)]);
  const size = diskUsage(dir) - catalog.dropped().reduce((sum, { file }) => sum + diskOf(file), 0);
  const today = newestDay(catalog, reader);
  const age = ({ receivedTo, timeTo }: Segment): Micros => (by === 'time' ? (timeTo ?? receivedTo) : receivedTo);
  const oldest = catalog
    .segments()
    .filter(({ receivedTo }) => receivedTo < today)
    .sort((a, b) => age(a) - age(b) || a.id - b.id);
  let left = size;
  const segments = oldest.filter(({ file }) => {
    if (left <= maxSize) return false;
    left -= diskOf(file);
    return true;
  });
  const upToId = left <= maxSize ? 0 : oldestOfJournal(parts, left - maxSize, today);
  const ofJournal = upToId === 0 ? 0 : reader.countEvents(reader.sealedId(), upToId);
  return { size, segments, upToId, events: segments.reduce((sum, { events }) => sum + events, ofJournal) };
}

/** The start of the UTC day on which the newest event, the one with the highest id, was received. */
function newestDay(catalog: Catalog, reader: JournalReader): Micros {
  const inJournal = reader.readPage(['received_at'], reader.lastId() - 1, reader.lastId(), 1).values[0]?.[0];
  const newest = catalog.segments().reduce((last, segment) => (segment.lastId > last.lastId ? segment : last), {
    lastId: 0,
    receivedTo: 0,
  });
  const receivedAt = typeof inJournal === 'number' ? inJournal : newest.receivedTo;
  return Math.floor(receivedAt / DAY_MICROS) * DAY_MICROS;
}

/** The id up to which events of the journal take about this many bytes, if all are of the same size. */
function oldestOfJournal({ dir, reader }: Parts, bytes: number, today: Micros): number {
  const file = databaseFile(dir);
  const [sealedId, lastId] = [reader.sealedId(), reader.lastId()];
  const first = reader.readPage(['id'], sealedId, lastId, 1).values[0]?.[0];
  if (typeof first !== 'number') return 0;
  const share = Math.min(1, bytes / Math.max(1, diskUsageOf([file, `${file}-wal`])));
  const end = reader.firstIdReceivedSince({ afterId: sealedId, upToId: lastId }, today) ?? lastId + 1;
  return Math.max(0, Math.min(end - 1, first - 1 + Math.ceil((lastId - first + 1) * share)));
}

function journalIds(reader: JournalReader, upToId: number): IdRuns {
  const ids = idRuns();
  for (let id = reader.sealedId() + 1; id <= upToId; id++) ids.add(id);
  return ids;
}
