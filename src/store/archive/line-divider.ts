import { isUtf8 } from 'node:buffer';
import type { Micros } from '../../core/duration.js';
import { OMITTED } from '../journal/event-lines.js';
import type { BatchShape, BatchShapes, EventBytes } from '../shape/batch-shapes.js';
import type { EventTypes } from './event-types.js';
import type { LineFiles } from './line-files.js';
import { LineGroups, type LineGroup } from './line-groups.js';
import { HEAVY_EVENT_BYTES, MAX_HEAVY_BYTES } from './memory.js';

const SEPARATOR = 1;
const LINE_END = 0x1e;
const ENCODING_MARK = 4;

/** The path of the id for de-duplication, as JSON. */
const EVENT_ID_PATH = JSON.stringify(['event_id']);

/** The limits of a batch. */
export interface LineLimits {
  readonly maxEvents: number;
  readonly maxBytes: number;
}

/** A page of lines in memory: see journal/event-lines.ts. */
export class Page {
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
export class LineDivider {
  events = 0;
  /** Of the payloads as sent. */
  bytes = 0;
  heavyBytes = 0;
  lastReceivedAt = 0;
  readonly #groups: LineGroups;
  readonly #batchShapes: BatchShapes;
  #types: EventTypes | undefined;
  /** The text between the id and the payload of an event. */
  #head = Buffer.alloc(0);
  /** The offset after the last integer that was read. */
  #at = 0;

  /** @param types divides lines by day and type; undefined to keep all in one file. */
  constructor(files: LineFiles, batchShapes: BatchShapes, types: EventTypes | undefined) {
    this.#groups = new LineGroups(files);
    this.#batchShapes = batchShapes;
    this.#types = types;
  }

  /** Tells types by other attributes from now on. */
  set types(types: EventTypes) {
    this.#types = types;
  }

  /** True when more events would take too much memory. */
  isFull({ maxEvents, maxBytes }: LineLimits): boolean {
    return this.events >= maxEvents || this.bytes >= maxBytes || this.heavyBytes >= MAX_HEAVY_BYTES;
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
      const group = this.#groupOf(shape, bytes, from);
      this.#count(group, id, shape.number, sent === 0 ? end - from : sent, isEncoded);
      group.append(bytes, start, end, shape.number);
    }
    if (page.isEscaped) this.#groups.markBreaks();
    return mayHaveIds;
  }

  /** Sets the stream and the time of the events of {@link addEvent} from now on. */
  begin(stream: number, receivedAt: Micros): void {
    this.lastReceivedAt = receivedAt;
    this.#head = Buffer.from(`\u0001${stream}\u0001${receivedAt}\u0001`);
  }

  /**
   * Adds an event that is in no page, whose payload is between two offsets.
   * @param lineFrom the offset of what comes before the payload of an event with an encoding; else `from`.
   * @param sent the bytes as sent of such an event, where they are not the payload; else 0.
   */
  addEvent(events: EventBytes, from: number, to: number, id: number, lineFrom: number, sent: number): void {
    const shape = this.#batchShapes.addOf(events, from, to);
    const group = this.#groupOf(shape, events.bytes, from);
    this.#count(group, id, shape.number, sent === 0 ? to - from : sent, lineFrom < from);
    group.appendEvent(id, this.#head, events.bytes, lineFrom, to, shape.number);
  }

  /** Says that some payloads have U+0002 and U+0003 in place of line breaks. */
  markBreaks(): void {
    this.#groups.markBreaks();
  }

  #groupOf(shape: BatchShape, bytes: Buffer, from: number): LineGroup {
    const type = this.#types?.typeOf(shape, bytes, from, this.#batchShapes.slots);
    return this.#groups.of(this.lastReceivedAt, type);
  }

  #count(group: LineGroup, id: number, batchShape: number, size: number, isEncoded: boolean): void {
    this.events++;
    this.bytes += size;
    if (size > HEAVY_EVENT_BYTES) this.heavyBytes += size;
    group.add({ id, receivedAt: this.lastReceivedAt, batchShape, bytes: size, isEncoded });
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
