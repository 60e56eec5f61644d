import { ENCODING, type EventSink } from '../../../core/event.js';
import type { Micros } from '../../../core/duration.js';
import type { Attribute } from '../../../core/attribute.js';
import type { ProvisionalAttributes } from '../../catalog/attributes.js';
import { hashId, type DeduplicationWindow, type IdHash } from '../../catalog/deduplication.js';
import { BatchShapes } from '../../shape/batch-shapes.js';
import { EventTypes } from '../event-types.js';
import type { LineFiles } from '../line-files.js';
import { LineDivider, type LineLimits } from '../line-divider.js';
import { LineWriter, MAX_LINE_EVENT_BYTES } from '../line-writer.js';
import type { LoadedLines } from '../load-lines.js';

/** The parts that batches of one import share. */
export interface ImportBatchParts {
  readonly files: LineFiles;
  readonly writer: LineWriter;
  readonly attributes: ProvisionalAttributes;
  /** The event ids that are stored, and those of the batches before. */
  readonly eventIds: () => DeduplicationWindow;
  readonly limits: LineLimits;
  readonly firstId: number;
  readonly stream: number;
}

/**
 * Events that come from outside and go into segments without rows in the journal. They arrive in groups: a group of
 * which one event is too large for lines is not taken.
 */
export class ImportBatch {
  readonly firstId: number;
  readonly stream: number;
  readonly batchShapes = new BatchShapes(path => this.#paths.has(JSON.stringify(path)));
  readonly #parts: ImportBatchParts;
  readonly #lines: LineDivider;
  readonly #hashes: IdHash[] = [];
  #attributes: readonly Attribute[] = [];
  #version = -1;
  #paths: ReadonlySet<string> = new Set();
  #receivedAt: Micros = 0;
  #nextId: number;
  #duplicates = 0;
  /** The state at the start of the group. */
  #start = { id: 0, hashes: 0, duplicates: 0 };
  #hasLarge = false;

  constructor(parts: ImportBatchParts) {
    this.#parts = parts;
    this.firstId = this.#nextId = parts.firstId;
    this.stream = parts.stream;
    parts.files.restart();
    this.#lines = new LineDivider(parts.files, this.batchShapes, undefined);
    this.#learnAttributes();
  }

  /** The id of the event after those of the batch. */
  get nextId(): number {
    return this.#nextId;
  }

  /** Events that were left out, since their ids are known. */
  get duplicates(): number {
    return this.#duplicates;
  }

  /** The attributes of all events of the store and the batch. */
  get attributes(): readonly Attribute[] {
    return this.#attributes;
  }

  get receivedAt(): Micros {
    return this.#receivedAt;
  }

  get isFull(): boolean {
    return this.#lines.isFull(this.#parts.limits);
  }

  /** Begins a group of events. */
  beginGroup(receivedAt: Micros): void {
    this.#receivedAt = Math.max(this.#receivedAt, receivedAt);
    this.#start = { id: this.#nextId, hashes: this.#hashes.length, duplicates: this.#duplicates };
    this.#hasLarge = false;
    this.#parts.writer.restart(this.stream, this.#receivedAt);
  }

  /** Takes an event of the group; the bytes are copied. */
  readonly sink: EventSink = (bytes, start, end, { shape, encoding, idStart, idEnd }) => {
    if (encoding === ENCODING.denied) return;
    if (end - start > MAX_LINE_EVENT_BYTES) {
      this.#hasLarge = true;
      return;
    }
    if (idStart >= 0) {
      const hash = hashId(bytes, start + idStart, start + idEnd);
      const eventIds = this.#parts.eventIds();
      if (eventIds.has(hash)) {
        this.#duplicates++;
        return;
      }
      eventIds.add(hash, this.#nextId);
      this.#hashes.push(hash);
    }
    const { attributes, writer } = this.#parts;
    if (!attributes.isKnown(shape)) {
      attributes.learn(shape, Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString());
    }
    writer.add(this.#nextId++, bytes, start, end, encoding);
  };

  /**
   * Ends a group. Yields to other work of this thread between pages.
   * @returns false when an event was too large: nothing of the group is in the batch then.
   */
  async endGroup(): Promise<boolean> {
    if (this.#hasLarge) {
      this.dropGroup();
      return false;
    }
    this.#learnAttributes();
    for (const page of this.#parts.writer.pages()) {
      this.#lines.add(page);
      await new Promise(resolve => setImmediate(resolve));
    }
    return true;
  }

  /** Ends a group and takes nothing of it. */
  dropGroup(): void {
    this.#nextId = this.#start.id;
    this.#hashes.length = this.#start.hashes;
    this.#duplicates = this.#start.duplicates;
  }

  /** Completes the files of lines. No group may follow. */
  finish(): LoadedLines {
    const groups = this.#lines.finish();
    const { events, heavyBytes, lastReceivedAt } = this.#lines;
    const lastId = this.#nextId - 1;
    return { events, heavyBytes, lastId, lastReceivedAt, eventIds: this.#hashes, groups, isFull: true, isNextLarge: false };
  }

  /** A shape is told its type by the attributes that are known once its first event was learned. */
  #learnAttributes(): void {
    const { attributes } = this.#parts;
    if (attributes.version === this.#version) return;
    this.#version = attributes.version;
    this.#attributes = attributes.all();
    this.#paths = new Set(this.#attributes.flatMap(({ paths }) => paths.map(path => JSON.stringify(path))));
    this.#lines.types = new EventTypes(this.#attributes);
  }
}
