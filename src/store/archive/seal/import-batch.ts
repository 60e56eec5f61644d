import { ENCODING, type EventSink } from '../../../core/event.js';
import type { Micros } from '../../../core/duration.js';
import type { Attribute } from '../../../core/attribute.js';
import type { ProvisionalAttributes } from '../../catalog/attributes.js';
import { hashId, type DeduplicationWindow, type IdHash } from '../../catalog/deduplication.js';
import { toWellFormedEscapes } from '../../journal/surrogates.js';
import { BatchShapes } from '../../shape/batch-shapes.js';
import { EventTypes } from '../event-types.js';
import type { LineFiles } from '../line-files.js';
import { LineDivider, type LineLimits } from '../line-divider.js';
import type { LoadedLines } from '../load-lines.js';

const LF = 0x0a;
const CR = 0x0d;

/** See journal/event-lines.ts. */
const ENCODING_MARK = '\u0004';

/** The parts that batches of one import share. */
export interface ImportBatchParts {
  readonly files: LineFiles;
  readonly attributes: ProvisionalAttributes;
  /** The event ids that are stored, and those of the batches before. */
  readonly eventIds: () => DeduplicationWindow;
  readonly limits: LineLimits;
  readonly firstId: number;
  readonly stream: number;
}

/** Events that come from outside and go into segments without rows in the journal. */
export class ImportBatch {
  readonly firstId: number;
  readonly stream: number;
  readonly batchShapes = new BatchShapes(path => this.#paths.has(JSON.stringify(path)));
  readonly #parts: ImportBatchParts;
  readonly #lines: LineDivider;
  readonly #hashes: IdHash[] = [];
  readonly #events = new EventText();
  #attributes: readonly Attribute[] = [];
  #version = -1;
  #paths: ReadonlySet<string> = new Set();
  #receivedAt: Micros = 0;
  #mayHaveBreaks = true;
  #hasBreaks = false;
  #nextId: number;
  #duplicates = 0;

  constructor(parts: ImportBatchParts) {
    this.#parts = parts;
    this.firstId = this.#nextId = parts.firstId;
    this.stream = parts.stream;
    parts.files.restart();
    this.#lines = new LineDivider(parts.files, this.batchShapes, undefined);
    this.#noteAttributes();
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

  /**
   * Sets what the following events have in common.
   * @param mayHaveBreaks false when no event has a line break.
   */
  begin(receivedAt: Micros, mayHaveBreaks: boolean): void {
    this.#receivedAt = Math.max(this.#receivedAt, receivedAt);
    this.#lines.begin(this.stream, this.#receivedAt);
    this.#mayHaveBreaks = mayHaveBreaks;
  }

  /** Takes an event; the bytes are copied. */
  readonly sink: EventSink = (bytes, start, end, { shape, encoding, idStart, idEnd }) => {
    if (encoding === ENCODING.denied) return;
    const { attributes } = this.#parts;
    if (idStart >= 0 && this.#isDuplicate(bytes, start + idStart, start + idEnd)) {
      this.#duplicates++;
      return;
    }
    const events = this.#events;
    events.take(bytes);
    if (!attributes.isKnown(shape)) {
      attributes.learn(shape, events.bytes.toString('utf8', start, end));
      this.#noteAttributes();
    }
    const id = this.#nextId++;
    if (encoding === ENCODING.none && !(this.#mayHaveBreaks && hasBreak(events.bytes, start, end))) {
      this.#lines.addEvent(events, start, end, id, start, 0);
      return;
    }
    const { line, from, sent } = lineOf(events.bytes.toString('utf8', start, end), encoding);
    this.#hasBreaks ||= hasBreak(line, 0, line.length);
    events.take(withoutBreaks(line));
    this.#lines.addEvent(events, from, line.length, id, 0, sent);
  };

  /** Completes the files of lines. No event may follow. */
  finish(): LoadedLines {
    if (this.#hasBreaks) this.#lines.markBreaks();
    const groups = this.#lines.finish();
    const { events, heavyBytes, lastReceivedAt } = this.#lines;
    return {
      events,
      heavyBytes,
      lastId: this.#nextId - 1,
      lastReceivedAt,
      eventIds: this.#hashes,
      groups,
      isFull: true,
      isNextLarge: false,
    };
  }

  #isDuplicate(bytes: Uint8Array, start: number, end: number): boolean {
    const hash = hashId(bytes, start, end);
    const eventIds = this.#parts.eventIds();
    if (eventIds.has(hash)) return true;
    eventIds.add(hash, this.#nextId);
    this.#hashes.push(hash);
    return false;
  }

  /** A shape gets its type by the attributes that are known with its first event. */
  #noteAttributes(): void {
    const { attributes } = this.#parts;
    if (attributes.version === this.#version) return;
    this.#version = attributes.version;
    this.#attributes = attributes.all();
    this.#paths = new Set(this.#attributes.flatMap(({ paths }) => paths.map(path => JSON.stringify(path))));
    this.#lines.types = new EventTypes(this.#attributes);
  }
}

/** The bytes that events are in. */
class EventText {
  bytes = Buffer.alloc(0);
  #source: Uint8Array = this.bytes;

  take(source: Uint8Array): void {
    if (source === this.#source) return;
    this.#source = source;
    this.bytes = Buffer.from(source.buffer as ArrayBuffer, source.byteOffset, source.length);
  }

  /** The event between two offsets, as JSON. */
  event(from: number, to: number): string {
    return this.bytes.toString('utf8', from, to).replaceAll('\u0002', '\n').replaceAll('\u0003', '\r');
  }
}

/** The line of a payload with what comes before it, the offset of the payload, and the bytes as sent where it is not. */
function lineOf(json: string, encoding: number): { line: Buffer; from: number; sent: number } {
  if (encoding === ENCODING.none) return { line: Buffer.from(json), from: 0, sent: 0 };
  const isSurrogate = encoding === ENCODING.surrogate;
  const sent = isSurrogate ? json : '';
  const before = `${ENCODING_MARK}${isSurrogate ? '' : 'base64'}${ENCODING_MARK}${sent}${ENCODING_MARK}`;
  const payload = isSurrogate ? toWellFormedEscapes(json) : json;
  return { line: Buffer.from(before + payload), from: Buffer.byteLength(before), sent: Buffer.byteLength(sent) };
}

function hasBreak(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (bytes[at] === LF || bytes[at] === CR) return true;
  return false;
}

/** A line break of a payload as an escaped page has it: U+0002 or U+0003. */
function withoutBreaks(line: Buffer): Buffer {
  for (let at = 0; at < line.length; at++) {
    if (line[at] === LF) line[at] = 2;
    else if (line[at] === CR) line[at] = 3;
  }
  return line;
}
