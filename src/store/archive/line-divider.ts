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

/** The parts of the line of an event before its payload. */
export interface NewEvent {
  readonly id: number;
  readonly receivedAt: Micros;
  /** The text between the id and the payload: separators, stream and `receivedAt`. */
  readonly head: Buffer;
  readonly lineFrom: number;
  readonly sent: number;
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
      const group = this.#count(shape, { id, bytes, from, size: sent === 0 ? end - from : sent, isEncoded });
      group.append(bytes, start, end, shape.number);
    }
    if (page.isEscaped) this.#groups.markBreaks();
    return mayHaveIds;
  }

  /**
   * Adds an event that is in no page yet.
   * @param lineFrom the offset of what comes before the payload of an event with an encoding.
   * @param sent the bytes as sent of such an event, where they are not the payload; else 0.
   */
  addEvent(events: EventBytes, from: number, to: number, { id, receivedAt, head, lineFrom, sent }: NewEvent): void {
    this.lastReceivedAt = receivedAt;
    const { bytes } = events;
    const shape = this.#batchShapes.addOf(events, from, to);
    const size = sent === 0 ? to - from : sent;
    const group = this.#count(shape, { id, bytes, from, size, isEncoded: lineFrom < from });
    group.appendEvent(id, head, { bytes, from: lineFrom, to }, shape.number);
  }

  /** Says that some payloads have U+0002 and U+0003 in place of line breaks. */
  markBreaks(): void {
    this.#groups.markBreaks();
  }

  /** Counts an event of a shape. Returns its group. */
  #count(
    shape: BatchShape,
    { id, bytes, from, size, isEncoded }: { id: number; bytes: Buffer; from: number; size: number; isEncoded: boolean },
  ): LineGroup {
    const type = this.#types?.typeOf(shape, bytes, from, this.#batchShapes.slots);
    const group = this.#groups.of(this.lastReceivedAt, type);
    this.events++;
    this.bytes += size;
    if (size > HEAVY_EVENT_BYTES) this.heavyBytes += size;
    group.add({ id, receivedAt: this.lastReceivedAt, batchShape: shape.number, bytes: size, isEncoded });
    return group;
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
