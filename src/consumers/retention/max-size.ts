import { join } from 'node:path';
import { dropSegments } from '../../store/archive/maintain/remove.js';
import { idLimit, type AgeBasis, type IdLimits } from '../../store/archive/selection.js';
import type { Micros } from '../../core/duration.js';
import type { Catalog } from '../../store/catalog/catalog.js';
import { openCatalog } from '../../store/catalog/catalog.js';
import { diskUsage, diskUsageOf } from '../../store/database/disk-use.js';
import { idRuns, type IdRuns } from '../../store/catalog/id-runs.js';
import { openReader, type JournalReader } from '../../store/journal/reader.js';
import type { Segment } from '../../store/catalog/segments.js';
import { quoteText } from '../../store/sql/text.js';
import { databaseFile } from '../../store/database/store.js';
import { removing, type PruneOptions, type Pruned } from './prune.js';

const DAY_MICROS: Micros = 24 * 3600 * 1e6;

/** The events to remove for a store to fit its maximum size. */
export interface SizePlan {
  /** Disk use of the store in bytes, without files that are about to be deleted. */
  readonly size: number;
  /** Segments to remove, oldest first. */
  readonly segments: readonly Segment[];
  /** The last id of the events to remove from the journal; 0 for none. */
  readonly upToId: number;
  /** The number of events to remove; approximate for those of the journal. */
  readonly events: number;
}

/** The maximum size of a store, and the events that it may not remove. */
export interface SizeLimits {
  /** In bytes. */
  readonly maxSize: number;
  /** The time by which segments are ordered. */
  readonly by: AgeBasis;
  /** No later event is removed. */
  readonly held: IdLimits;
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
export function planMaxSize(dir: string, limits: SizeLimits, now: () => Micros): SizePlan {
  const reader = openReader(dir);
  const catalog = openCatalog(dir, now);
  try {
    return choose({ dir, catalog, reader }, limits);
  } finally {
    catalog.close();
    reader.close();
  }
}

/**
 * Removes the oldest segments, and where they do not suffice the oldest events of the journal, until the store's
 * directory takes no more than `maxSize`. Events received on the newest day and those that remotes wait for are kept,
 * whatever their size.
 * @throws TelemetryError `noStore`, `failure`
 */
export function enforceMaxSize(dir: string, limits: SizeLimits, options: PruneOptions): Promise<Pruned> {
  return removing(dir, options, (context, onRemoved) => {
    const { segments, upToId } = choose(context, limits);
    dropSegments(context, segments);
    onRemoved(segments.reduce((sum, { events }) => sum + events, 0));
    return Promise.resolve(journalIds(context.reader, upToId));
  });
}

/** The events of a plan as SQL. */
export function eventsOf(dir: string, { segments, upToId }: SizePlan): { source: string; condition: string } {
  const reader = openReader(dir);
  try {
    const sealed = segments.map(
      ({ types, firstId, lastId, receivedFrom, receivedTo }) =>
        `(type in (${Object.keys(types)
          .map(type => quoteText(type))
          .join(
            ', ',
          )}) and id between ${firstId} and ${lastId} and epoch_us(received_at) between ${receivedFrom} and ${receivedTo})`,
    );
    const conditions = [...sealed, ...(upToId > 0 ? [`(id > ${reader.sealedId()} and id <= ${upToId})`] : [])];
    return { source: 'events', condition: conditions.length === 0 ? 'false' : conditions.join(' or ') };
  } finally {
    reader.close();
  }
}

function choose(parts: Parts, { maxSize, by, held }: SizeLimits): SizePlan {
  const { dir, catalog, reader } = parts;
  const diskOf = (file: string): number => diskUsageOf([join(dir, file)]);
  const size = diskUsage(dir) - catalog.dropped().reduce((sum, { file }) => sum + diskOf(file), 0);
  const today = newestDay(catalog, reader);
  const age = ({ receivedTo, timeTo }: Segment): Micros => (by === 'time' ? (timeTo ?? receivedTo) : receivedTo);
  const oldest = catalog
    .segments()
    .filter(segment => segment.receivedTo < today && segment.lastId <= freeOf(held, segment))
    .sort((a, b) => age(a) - age(b) || a.id - b.id);
  let left = size;
  const segments = oldest.filter(({ file }) => {
    if (left <= maxSize) return false;
    left -= diskOf(file);
    return true;
  });
  const free = freeOfTypes(held, held.upToIds.keys());
  const upToId = left <= maxSize ? 0 : Math.min(free, oldestOfJournal(parts, left - maxSize, today));
  const ofJournal = upToId <= reader.sealedId() ? 0 : reader.countEvents(reader.sealedId(), upToId);
  return { size, segments, upToId, events: segments.reduce((sum, { events }) => sum + events, ofJournal) };
}

/** The last id up to which the events of a segment may go. The catalog has types of old segments by older rules. */
function freeOf(held: IdLimits, { format, types }: Segment): number {
  return freeOfTypes(held, format === 1 ? held.upToIds.keys() : Object.keys(types));
}

function freeOfTypes(held: IdLimits, types: Iterable<string>): number {
  return Math.min(held.upToId, ...[...types].map(type => idLimit(held, type)));
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

/** The id up to which events of the journal take about `bytes` bytes, if all have the same size. */
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
