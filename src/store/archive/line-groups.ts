import type { Micros } from '../../core/duration.js';
import { MAX_ID_BYTES, type LineFile, type LineFiles, type LineProperties } from './line-files.js';

/** Files of lines of one batch. With more days and types than this, DuckDB divides the events. */
const MAX_LINE_FILES = 64;

const MICROS_A_DAY = 86_400_000_000;

/** The properties of an event that its group counts. */
export interface LineFacts {
  readonly id: number;
  readonly receivedAt: Micros;
  readonly batchShape: number;
  /** Of the payload as sent. */
  readonly bytes: number;
  readonly isEncoded: boolean;
}

/** The events of a group that have one batch shape. */
export interface ShapeCount {
  readonly batchShape: number;
  events: number;
  bytes: number;
  longest: number;
  readonly firstId: number;
  lastId: number;
  receivedFrom: Micros;
  receivedTo: Micros;
}

/** The events of a day that have one type, in a file of lines. */
export class LineGroup implements LineProperties {
  readonly day: string;
  /** Undefined when the events have several types, or one that only DuckDB can tell. */
  readonly type: string | undefined;
  readonly file: LineFile;
  hasBreaks = false;
  hasEncodings = false;
  longest = 0;
  /** By the numbers of batch shapes. */
  readonly #counts: (ShapeCount | undefined)[] = [];

  constructor(day: string, type: string | undefined, file: LineFile) {
    this.day = day;
    this.type = type;
    this.file = file;
  }

  get counts(): readonly ShapeCount[] {
    return this.#counts.filter(count => count !== undefined);
  }

  add({ id, receivedAt, batchShape, bytes, isEncoded }: LineFacts): void {
    const count = (this.#counts[batchShape] ??= {
      batchShape,
      events: 0,
      bytes: 0,
      longest: 0,
      firstId: id,
      lastId: id,
      receivedFrom: receivedAt,
      receivedTo: receivedAt,
    });
    count.events++;
    count.bytes += bytes;
    count.lastId = id;
    if (bytes > count.longest) count.longest = bytes;
    if (receivedAt < count.receivedFrom) count.receivedFrom = receivedAt;
    if (receivedAt > count.receivedTo) count.receivedTo = receivedAt;
    if (isEncoded) this.hasEncodings = true;
  }

  append(lines: Buffer, from: number, to: number, batchShape: number): void {
    if (to - from > this.longest) this.longest = to - from;
    this.file.append(lines, from, to, batchShape);
  }

  /** @param head the text between the id and the payload. */
  appendEvent(id: number, head: Buffer, bytes: Buffer, from: number, to: number, batchShape: number): void {
    const length = MAX_ID_BYTES + head.length + to - from;
    if (length > this.longest) this.longest = length;
    this.file.appendEvent(id, head, bytes, from, to, batchShape);
  }
}

/** The groups of a batch. */
export class LineGroups {
  readonly #files: LineFiles;
  readonly #groups: LineGroup[] = [];
  /** By types, those of the day of the last event. */
  #ofDay = new Map<string | undefined, LineGroup>();
  #days = new Map<number, Map<string | undefined, LineGroup>>();
  #day = NaN;

  constructor(files: LineFiles) {
    this.#files = files;
  }

  /** The group of an event. @param type undefined when it is not known. */
  of(receivedAt: Micros, type: string | undefined): LineGroup {
    const day = Math.floor(receivedAt / MICROS_A_DAY);
    if (day !== this.#day) {
      this.#day = day;
      this.#ofDay = this.#days.get(day) ?? new Map<string | undefined, LineGroup>();
      this.#days.set(day, this.#ofDay);
    }
    return this.#ofDay.get(type) ?? this.#open(type);
  }

  /** Says that some payloads have U+0002 and U+0003 in place of line breaks. */
  markBreaks(): void {
    for (const group of this.#groups) group.hasBreaks = true;
  }

  finish(): LineGroup[] {
    for (const { file } of this.#groups) file.finish();
    return this.#groups;
  }

  #open(type: string | undefined): LineGroup {
    if (type !== undefined && this.#groups.length >= MAX_LINE_FILES)
      return this.#ofDay.get(undefined) ?? this.#open(undefined);
    const day = new Date((this.#day * MICROS_A_DAY) / 1000).toISOString().slice(0, 10);
    const group = new LineGroup(day, type, this.#files.take());
    this.#groups.push(group);
    this.#ofDay.set(type, group);
    return group;
  }
}
