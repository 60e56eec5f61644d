import type { Micros } from '../../core/duration.js';
import type { IdHash } from '../catalog/deduplication.js';
import { hashOfEventId } from '../catalog/sealed-event-ids.js';
import type { JournalReader } from '../journal/reader.js';
import type { BatchShapes } from '../shape/batch-shapes.js';
import type { EventTypes } from './event-types.js';
import { LineDivider, Page, type LineLimits } from './line-divider.js';
import type { LineGroup } from './line-groups.js';
import type { LineFiles } from './line-files.js';

/**
 * A page: large enough that its fixed cost does not count, small enough for other work of this thread to go on. A larger
 * event is not for lines: of one that is not quoted DuckDB makes many copies.
 */
const PAGE_BYTES = 1024 * 1024;
const PAGE_EVENTS = 8192;
const FIRST_PAGE_EVENTS = 64;

/** Events on their way into segments. */
export interface LoadedLines {
  readonly events: number;
  /** Of the payloads of heavy events. */
  readonly heavyBytes: number;
  readonly lastId: number;
  readonly lastReceivedAt: Micros;
  /** Of the top-level `event_id`s, in the order of their events. */
  readonly eventIds: readonly IdHash[];
  readonly groups: readonly LineGroup[];
  /** True when more events may follow. */
  readonly isFull: boolean;
  /** True when the next event is too large for lines. */
  readonly isNextLarge: boolean;
}

/** The source and the limits of {@link loadLines}. */
export interface LinesToLoad extends LineLimits {
  readonly reader: JournalReader;
  readonly files: LineFiles;
  readonly batchShapes: BatchShapes;
  /** Divides lines by day and type; undefined to keep all in one file. */
  readonly types: EventTypes | undefined;
  readonly afterId: number;
  readonly upToId: number;
}

/**
 * Copies the journal's events in `(afterId, upToId]` into files of lines, oldest first, until there are `maxEvents` or
 * `maxBytes` of them. Yields to other work of this thread between pages.
 */
export async function loadLines(source: LinesToLoad): Promise<LoadedLines> {
  const { reader, files, upToId, maxEvents } = source;
  files.restart();
  const { batchShapes, types } = source;
  const lines = new LineDivider(files, batchShapes, types);
  const eventIds: IdHash[] = [];
  let [lastId, isNextLarge] = [source.afterId, false];
  const isFull = (): boolean => lines.isFull(source);
  while (!isFull()) {
    const average = lines.events === 0 ? PAGE_BYTES / FIRST_PAGE_EVENTS : lines.bytes / lines.events;
    const limit = Math.min(PAGE_EVENTS, maxEvents - lines.events, Math.ceil(PAGE_BYTES / (average + 1)));
    const read = readPage(reader, { afterId: lastId, upToId, limit });
    isNextLarge = read === 'large';
    if (read === undefined || read === 'large') break;
    const hasEventIds = lines.add(read.page) && read.page.bytes.includes('"event_id"');
    for (const json of hasEventIds ? reader.eventIds(lastId, read.lastId) : []) {
      const hash = hashOfEventId(json);
      if (hash) eventIds.push(hash);
    }
    ({ lastId } = read);
    await new Promise(resolve => setImmediate(resolve));
  }
  const groups = lines.finish();
  const { events, heavyBytes, lastReceivedAt } = lines;
  return { events, heavyBytes, lastId, lastReceivedAt, eventIds, groups, isFull: isFull(), isNextLarge };
}

/** Reads a page of about {@link PAGE_BYTES}; undefined when no events are left, 'large' when the next is larger. */
function readPage(
  reader: JournalReader,
  range: { afterId: number; upToId: number; limit: number },
): { page: Page; lastId: number } | 'large' | undefined {
  const read = reader.lines({ ...range, isExact: false });
  if (!read) return undefined;
  const page = new Page(read.lines);
  if (!page.hasOmitted && !page.hasBreaks) return { page, lastId: read.lastId };
  for (let { limit } = range; ; limit = Math.max(1, Math.floor(limit / 4))) {
    const measured = reader.measureLines(range.afterId, range.upToId, limit)!;
    if (measured.bytes <= PAGE_BYTES) {
      const { lines, lastId } = reader.lines({ ...range, limit, isExact: true })!;
      return { page: new Page(lines), lastId };
    }
    if (limit === 1) return 'large';
  }
}
