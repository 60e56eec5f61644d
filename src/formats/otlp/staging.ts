import { ENCODING, type EventMeta, type EventSink } from '../../core/event.js';
import { DecodeError, type RefusalReason } from '../decoder.js';
import { scanObject } from '../json/fast-path.js';
import { jsonScanner } from '../json/scanner.js';
import type { AttributeKeys } from './attribute-keys.js';
import type { ReadableRequest } from './encoding.js';
import { UNKNOWN_STRUCTURE, type JsonWriter } from './json-writer.js';
import type { ProtobufWriter } from './protobuf-writer.js';
import { RequestEvents } from './request.js';

/** The events of a request up to this size are always kept while the rest is checked; it fits a processor's cache. */
const MIN_STAGED_BYTES = 1024 * 1024;

/**
 * The maximum kept of any request: events of a larger one are made twice, which costs time but not three times its size
 * in memory.
 */
const MAX_STAGED_BYTES = 16 * 1024 * 1024;

/** The event loop gets a turn after this many bytes of events: some milliseconds. */
const SLICE_BYTES = 1024 * 1024;

/** Limit of cached structures; when full, the next request starts with an empty cache. */
export const MAX_KNOWN_SHAPES = 4096;

/** Buffers and caches that serve the requests of a signal one after another. */
export interface DecodeBuffers {
  /** For a request that came as JSON. */
  readonly protobuf: ProtobufWriter;
  readonly out: JsonWriter;
  readonly keys: AttributeKeys;
  /** The shape of each known structure: most events need no scan. */
  readonly shapes: Map<number, number>;
}

/** Events of a request that were not stored. */
export interface Rejections {
  readonly count: number;
  readonly byReason: ReadonlyMap<RefusalReason, number>;
  /** The error of the first. */
  readonly first: DecodeError | undefined;
}

/** The result of reading a request once. */
export interface Staged {
  /** The end offset of each event in the writer's bytes; undefined when they are too large to keep. */
  readonly ends: readonly number[] | undefined;
  /** The structure of each event. */
  readonly structures: readonly number[];
  readonly rejections: Rejections;
}

/** Counts rejections. @param before those counted earlier */
function rejectionCounter(before?: Rejections): { add(error: DecodeError, events: number): void; total(): Rejections } {
  const byReason = new Map(before?.byReason);
  let count = before?.count ?? 0;
  let first = before?.first;
  return {
    add(error, events) {
      first ??= error;
      count += events;
      byReason.set(error.reason, (byReason.get(error.reason) ?? 0) + events);
    },
    total: () => ({ count, byReason, first }),
  };
}

/**
 * Reads all of a request, and keeps its events in the writer when they fit. Yields at intervals.
 * @throws DecodeError for a request that cannot be read, or without a readable record.
 */
export function* stage(request: ReadableRequest, { out, keys }: DecodeBuffers): Generator<void, Staged> {
  const { bytes, refused } = request;
  const limit = Math.min(Math.max(MIN_STAGED_BYTES, bytes.length), MAX_STAGED_BYTES);
  const rejections = rejectionCounter();
  if (refused.first) rejections.add(refused.first, refused.count);
  let ends: number[] | undefined = [];
  const structures: number[] = [];
  /** Readable events, including those that are too large. */
  let events = 0;
  let slice = 0;
  const reader = new RequestEvents(request, out, keys);
  while (reader.next()) {
    slice += out.pos - out.start;
    const refusal = reader.refusal ?? (out.isTooLarge ? tooLarge(out.limit) : undefined);
    if (!reader.refusal) events++;
    if (refusal) {
      rejections.add(refusal, 1);
      out.rewind(out.start);
    } else if (!ends) out.rewind(0);
    else if (out.pos <= limit) {
      ends.push(out.pos);
      structures.push(out.structure);
    } else {
      ends = undefined;
      structures.length = 0;
      out.rewind(0);
    }
    if (slice >= SLICE_BYTES) {
      slice = 0;
      yield;
    }
  }
  const total = rejections.total();
  if (events === 0 && total.first) throw total.first;
  return { ends, structures, rejections: total };
}

/**
 * Emits the events of a staged request, and returns those left out. Yields at intervals.
 * @param onRefusal reaction to a DecodeError of the sink: `count` continues with the next event, `stop` throws it
 */
export function* handOn(
  request: ReadableRequest,
  { out, keys, shapes }: DecodeBuffers,
  { ends, structures, rejections: before }: Staged,
  sink: EventSink,
  onRefusal: 'count' | 'stop',
): Generator<void, Rejections> {
  const meta: EventMeta = { shape: 0, encoding: ENCODING.none, idStart: -1, idEnd: -1 };
  const rejections = rejectionCounter(before);
  let slice = 0;

  /** Reads the metadata of an event, unless its structure is cached. */
  function readFacts(start: number, end: number, structure: number): void {
    const shape = structure === UNKNOWN_STRUCTURE ? undefined : shapes.get(structure);
    meta.idStart = meta.idEnd = -1;
    if (shape !== undefined) {
      meta.shape = shape;
      return;
    }
    if (scanObject(out.bytes, start, end, meta) !== end) scanSlowly(out.bytes.subarray(start, end), meta);
    if (structure !== UNKNOWN_STRUCTURE && shapes.size < MAX_KNOWN_SHAPES) shapes.set(structure, meta.shape);
  }

  function take(start: number, end: number, structure: number): void {
    slice += end - start;
    readFacts(start, end, structure);
    try {
      sink(out.bytes, start, end, meta);
    } catch (error) {
      if (!(error instanceof DecodeError) || onRefusal === 'stop') throw error;
      rejections.add(error, 1);
    }
  }

  if (ends) {
    let start = 0;
    for (let i = 0; i < ends.length; i++) {
      const end = ends[i]!;
      take(start, end, structures[i]!);
      start = end;
      if (slice >= SLICE_BYTES) {
        slice = 0;
        yield;
      }
    }
  } else {
    const reader = new RequestEvents(request, out, keys);
    while (reader.next()) {
      if (!reader.refusal && !out.isTooLarge) take(out.start, out.pos, out.structure);
      out.rewind(0);
      if (slice >= SLICE_BYTES) {
        slice = 0;
        yield;
      }
    }
  }
  return rejections.total();
}

/** Reads an event that the fast path does not handle, such as one with escaped keys. */
function scanSlowly(event: Uint8Array, meta: EventMeta): void {
  const options = { maxEventBytes: Infinity, elements: false, passed: { bytes: 0, lines: 0 } };
  jsonScanner((_bytes, _start, _end, found) => void Object.assign(meta, found), options).scan(event, event.length);
}

function tooLarge(limit: number): DecodeError {
  return new DecodeError('event_too_large', `an event is larger than ${limit} bytes`);
}
