import { isUtf8 } from 'node:buffer';
import type { Micros } from '../../core/duration.js';
import type { IdHash } from '../catalog/deduplication.js';
import { hashOfEventId } from '../catalog/sealed-event-ids.js';
import { OMITTED } from '../journal/event-lines.js';
import type { JournalReader } from '../journal/reader.js';
import type { BatchShapes } from '../shape/batch-shapes.js';
import type { EventTypes } from './event-types.js';
import { LineGroups, type LineGroup } from './line-groups.js';
import type { LineFiles } from './line-files.js';
import { HEAVY_EVENT_BYTES, MAX_HEAVY_BYTES } from './memory.js';

/**
 * A page: large enough that its fixed cost does not count, small enough for other work of this thread to go on. A larger
 * event is not for lines: of one that is not quoted DuckDB makes many copies.
 */
const PAGE_BYTES = 1024 * 1024;
const PAGE_EVENTS = 8192;
const FIRST_PAGE_EVENTS = 64;

const SEPARATOR = 1;
const LINE_END = 0x1e;
const ENCODING_MARK = 4;

/** The path of the id for de-duplication, as JSON. */
const EVENT_ID_PATH = JSON.stringify(['event_id']);

/** Events of the journal on their way into segments. */
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
export interface LinesToLoad {
  readonly reader: JournalReader;
  readonly files: LineFiles;
  readonly batchShapes: BatchShapes;
  /** Divides lines by day and type; undefined to keep all in one file. */
  readonly types: EventTypes | undefined;
  readonly afterId: number;
  readonly upToId: number;
  readonly maxEvents: number;
  readonly maxBytes: number;
}

/**
 * Copies the journal's events in `(afterId, upToId]` into files of lines, oldest first, until there are `maxEvents` or
 * `maxBytes` of them. Yields to other work of this thread between pages.
 */
export async function loadLines(source: LinesToLoad): Promise<LoadedLines> {
  const { reader, files, upToId, maxEvents, maxBytes } = source;
  files.restart();
  const lines = new LineDivider(source);
  const eventIds: IdHash[] = [];
  let [lastId, isNextLarge] = [source.afterId, false];
  const isFull = (): boolean =>
    lines.events >= maxEvents || lines.bytes >= maxBytes || lines.heavyBytes >= MAX_HEAVY_BYTES;
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

/** A page of lines in memory. */
class Page {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    // DuckDB refuses anything else, which no receiver lets in.
    this.bytes = isUtf8(bytes) ? bytes : Buffer.from(bytes.toString());
  }

  /** True when the page has to be read exactly. */
  get hasOmitted(): boolean {
    return this.bytes.includes(OMITTED);
  }

  /** True when a payload has a line break. */
  get hasBreaks(): boolean {
    return this.bytes.includes(0x0a) || this.bytes.includes(0x0d);
  }

  /** True when a payload has U+0002 or U+0003 for a line break. */
  get isEscaped(): boolean {
    return this.bytes.includes(2) || this.bytes.includes(3);
  }

  /** The event between two offsets, as JSON. */
  event(from: number, to: number): string {
    return this.bytes.toString('utf8', from, to).replaceAll('\u0002', '\n').replaceAll('\u0003', '\r');
  }
}

/** Divides lines into files by the received day, the type and the shape of their events. */
class LineDivider {
  events = 0;
  /** Of the payloads as sent. */
  bytes = 0;
  heavyBytes = 0;
  lastReceivedAt = 0;
  readonly #groups: LineGroups;
  readonly #batchShapes: BatchShapes;
  readonly #types: EventTypes | undefined;
  /** The offset after the last integer that was read. */
  #at = 0;

  constructor({ files, batchShapes, types }: LinesToLoad) {
    this.#groups = new LineGroups(files);
    this.#batchShapes = batchShapes;
    this.#types = types;
  }

  /** @returns true when some event may have an `event_id`. */
  add(page: Page): boolean {
    const { bytes } = page;
    const { length } = bytes;
    let mayHaveIds = false;
    for (let start = 0, end: number; start < length; start = end + 1) {
      end = bytes.indexOf(LINE_END, start);
      if (end < 0) end = length;
      const id = this.#integer(bytes, start);
      this.#integer(bytes, this.#at);
      this.lastReceivedAt = this.#integer(bytes, this.#at);
      const field = this.#at;
      let from = field;
      let sent = 0;
      const isEncoded = bytes[field] === ENCODING_MARK;
      if (isEncoded) {
        const sentAt = bytes.indexOf(ENCODING_MARK, field + 1) + 1;
        from = bytes.indexOf(ENCODING_MARK, sentAt) + 1;
        sent = from - 1 - sentAt;
      }
      const shape = this.#batchShapes.addOf(page, from, end);
      mayHaveIds ||= shape.shape === undefined || shape.leaves.has(EVENT_ID_PATH);
      const type = this.#types?.typeOf(shape, bytes, from, this.#batchShapes.slots);
      const group = this.#groups.of(this.lastReceivedAt, type);
      const size = sent === 0 ? end - from : sent;
      this.events++;
      this.bytes += size;
      if (size > HEAVY_EVENT_BYTES) this.heavyBytes += size;
      group.add({ id, receivedAt: this.lastReceivedAt, batchShape: shape.number, bytes: size, isEncoded });
      group.append(bytes, start, end, shape.number);
    }
    if (page.isEscaped) this.#groups.markBreaks();
    return mayHaveIds;
  }

  /** The integer whose digits begin at an offset. */
  #integer(bytes: Buffer, from: number): number {
    let value = 0;
    let at = from;
    for (let code = bytes[at]!; code !== SEPARATOR; code = bytes[++at]!) value = value * 10 + code - 0x30;
    this.#at = at + 1;
    return value;
  }

  finish(): LineGroup[] {
    return this.#groups.finish();
  }
}
