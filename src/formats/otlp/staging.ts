import { ENCODING, type EventMeta, type EventSink } from '../../core/event.js';
import { DecodeError, type RefusalReason } from '../decoder.js';
import { scanObject } from '../json/fast-path.js';
import { jsonScanner } from '../json/scanner.js';
import type { AttributeKeys } from './attribute-keys.js';
import type { ReadableRequest } from './encoding.js';
import { UNKNOWN_STRUCTURE, type JsonWriter } from './json-writer.js';
import type { ProtobufWriter } from './protobuf-writer.js';
import { requestEvents } from './request.js';

/** Events of a small request are kept while the rest of it is checked; it fits the cache of a processor. */
const MIN_STAGED_BYTES = 1024 * 1024;

/** No more of any request is kept: of a larger one they are made twice, which costs time but not three times its size in memory. */
const MAX_STAGED_BYTES = 16 * 1024 * 1024;

/** After so many bytes of events the others get their turn: some milliseconds. */
const SLICE_BYTES = 1024 * 1024;

/** Structures that are remembered; the next request after that learns anew. */
export const MAX_KNOWN_SHAPES = 4096;

/** Buffers and memories that serve one request after another of a signal. */
export interface DecodeBuffers {
  /** Of a request that came as JSON. */
  readonly protobuf: ProtobufWriter;
  readonly out: JsonWriter;
  readonly keys: AttributeKeys;
  /** The shapes of structures that were seen, so that most events need no scan. */
  readonly shapes: Map<number, number>;
}

/** Events of a request that are not stored. */
export interface Rejections {
  readonly count: number;
  readonly byReason: ReadonlyMap<RefusalReason, number>;
  /** The reason of the first. */
  readonly first: DecodeError | undefined;
}

/** The result of reading a request once. */
export interface Staged {
  /** Where each event ends in the writer's bytes; undefined when they are too many bytes to keep. */
  readonly ends: readonly number[] | undefined;
  /** The structure of each. */
  readonly structures: readonly number[];
  readonly rejections: Rejections;
}

/** Counts rejections. @param before those that were counted earlier */
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
 * Reads all of a request, and keeps its events in the writer where they are few enough. Yields now and then, for others
 * to have their turn.
 * @throws DecodeError for a request that cannot be read, or of which no record can.
 */
export function* stage(request: ReadableRequest, { out, keys }: DecodeBuffers): Generator<void, Staged> {
  const { bytes, refused } = request;
  const limit = Math.min(Math.max(MIN_STAGED_BYTES, bytes.length), MAX_STAGED_BYTES);
  const rejections = rejectionCounter();
  if (refused.first) rejections.add(refused.first, refused.count);
  let ends: number[] | undefined = [];
  const structures: number[] = [];
  /** Those that are too large included: they can be read. */
  let events = 0;
  let slice = 0;
  const reader = requestEvents(request, out, keys);
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
 * Hands the events of a staged request on, and returns those that were left out. Yields now and then.
 * @param onRefusal of a sink that refuses an event with a DecodeError: `count` goes on with the next, `stop` throws it
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

  /** Reads the meta of an event, unless one of its structure was read before. */
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
    const reader = requestEvents(request, out, keys);
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

/** Reads what the fast path leaves to the scanner: keys with escapes. */
function scanSlowly(event: Uint8Array, meta: EventMeta): void {
  const options = { maxEventBytes: Infinity, elements: false, passed: { bytes: 0, lines: 0 } };
  jsonScanner((_bytes, _start, _end, found) => void Object.assign(meta, found), options).scan(event, event.length);
}

function tooLarge(limit: number): DecodeError {
  return new DecodeError('event_too_large', `an event is larger than ${limit} bytes`);
}
