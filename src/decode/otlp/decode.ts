import { setImmediate as nextTurn } from 'node:timers/promises';
import { ENCODING, type EventFacts, type EventSink } from '../../core/event.js';
import { DecodeError, type RefusalReason } from '../decoder.js';
import { scanObject } from '../json-fast-path.js';
import { jsonScanner } from '../json-scanner.js';
import { attributeKeys, type AttributeKeys } from './attribute-keys.js';
import { jsonNames } from './json-names.js';
import { jsonToProtobuf } from './json-to-protobuf.js';
import { jsonWriter, UNKNOWN_STRUCTURE, type JsonWriter } from './json-writer.js';
import type { Signal } from './messages.js';
import { protobufWriter, type ProtobufWriter } from './protobuf-writer.js';
import { requestEvents } from './request.js';
import { TAKEN_KEYS } from './taken-keys.js';

/** The encodings of OTLP: binary protobuf, and JSON as the specification maps it. */
export type OtlpEncoding = 'protobuf' | 'json';

/** Events of a small request are kept while the rest of it is checked; it fits the cache of a processor. */
const MIN_STAGED_BYTES = 1024 * 1024;

/** No more of any request is kept: of a larger one they are made twice, which costs time but not three times its size in memory. */
const MAX_STAGED_BYTES = 16 * 1024 * 1024;

/** After so many bytes of events the others get their turn: some milliseconds. */
const SLICE_BYTES = 1024 * 1024;

/** Structures that are remembered; the next request after that learns anew. */
const MAX_KNOWN_SHAPES = 4096;

/** Buffers that grew past this are not kept for the next request, nor are those of more requests of a signal than this. */
const MAX_KEPT_BYTES = 8 * 1024 * 1024;
const MAX_KEPT = 4;

/** A request whose every byte has been read: handing its events on fails for none of them by itself. */
export interface OtlpRequest {
  /**
   * Hands the events on, and returns those that were left out: over the limit, or refused by the sink with a
   * DecodeError. Awaits `pause` every now and then; what that throws, or any other error of the sink, ends it.
   */
  handOn(sink: EventSink, pause: () => void | Promise<void>): Promise<Rejections>;
  /** Gives back what the request took. To be called once, whatever happened. */
  release(): void;
}

/** Events of a request that are not stored. */
export interface Rejections {
  readonly count: number;
  readonly byReason: ReadonlyMap<RefusalReason, number>;
  /** Why the first was left out. */
  readonly first: DecodeError | undefined;
}

/** Decodes requests. Nothing of one is handed on before all of it was found to be right. */
export interface OtlpDecoder {
  /** @throws DecodeError (rejects with it) for a request that cannot be taken */
  decode(signal: Signal, encoding: OtlpEncoding, body: Uint8Array): Promise<OtlpRequest>;
}

/** What is used again from request to request of a signal. */
interface Workshop {
  /** A request that came as JSON. */
  readonly protobuf: ProtobufWriter;
  readonly out: JsonWriter;
  readonly keys: AttributeKeys;
  /** The shapes of structures that were seen, so that most events need no scan. */
  readonly shapes: Map<number, number>;
}

/**
 * Creates the decoder of a server. A request is read once, and its events are staged: up to as many bytes as the
 * request has itself, and {@link MAX_STAGED_BYTES}. Where they are more, all are read again when they are handed on, so
 * that neither a request with large resources, which all its events repeat, nor a large one takes much memory.
 * @param maxEventBytes the largest event that is stored
 */
export function otlpDecoder(maxEventBytes: number): OtlpDecoder {
  const namesOf = jsonNames();
  const idle: Record<Signal, Workshop[]> = { traces: [], logs: [], metrics: [] };

  return {
    async decode(signal, encoding, body) {
      const workshop = idle[signal].pop() ?? {
        protobuf: protobufWriter(),
        out: jsonWriter(maxEventBytes),
        keys: attributeKeys(TAKEN_KEYS[signal]),
        shapes: new Map<number, number>(),
      };
      const release = (): void => {
        const { protobuf, out, keys, shapes } = workshop;
        if (out.bytes.length + protobuf.size > MAX_KEPT_BYTES || idle[signal].length === MAX_KEPT) return;
        out.rewind(0);
        keys.trim();
        if (shapes.size >= MAX_KNOWN_SHAPES) shapes.clear();
        idle[signal].push(workshop);
      };
      try {
        const request = encoding === 'json' ? jsonToProtobuf(signal, body, namesOf, workshop.protobuf) : body;
        const staged = await stage(signal, request, workshop);
        return { handOn: (sink, pause) => handOn(signal, request, workshop, staged, sink, pause), release };
      } catch (error) {
        release();
        throw error;
      }
    },
  };
}

/** What reading a request left. */
interface Staged {
  /** Where each event ends in the writer's bytes; undefined when there were too many bytes. */
  readonly ends: readonly number[] | undefined;
  /** The structure of each. */
  readonly structures: readonly number[];
  readonly rejected: number;
}

async function stage(signal: Signal, request: Uint8Array, { out, keys }: Workshop): Promise<Staged> {
  const limit = Math.min(Math.max(MIN_STAGED_BYTES, request.length), MAX_STAGED_BYTES);
  let ends: number[] | undefined = [];
  const structures: number[] = [];
  let rejected = 0;
  let slice = 0;
  const events = requestEvents(signal, request, out, keys);
  while (events.next()) {
    slice += out.pos - out.start;
    if (out.isTooLarge) {
      rejected++;
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
      await nextTurn();
    }
  }
  return { ends, structures, rejected };
}

async function handOn(
  signal: Signal,
  request: Uint8Array,
  { out, keys, shapes }: Workshop,
  { ends, structures, rejected }: Staged,
  sink: EventSink,
  pause: () => void | Promise<void>,
): Promise<Rejections> {
  const facts: EventFacts = { shape: 0, encoding: ENCODING.none, idStart: -1, idEnd: -1 };
  const byReason = new Map<RefusalReason, number>();
  let count = 0;
  let first: DecodeError | undefined;
  let slice = 0;

  function reject(error: DecodeError, events: number): void {
    first ??= error;
    count += events;
    byReason.set(error.reason, (byReason.get(error.reason) ?? 0) + events);
  }

  /** Reads the facts of an event, unless one of its structure was read before. */
  function readFacts(start: number, end: number, structure: number): void {
    const shape = structure === UNKNOWN_STRUCTURE ? undefined : shapes.get(structure);
    facts.idStart = facts.idEnd = -1;
    if (shape !== undefined) {
      facts.shape = shape;
      return;
    }
    if (scanObject(out.bytes, start, end, facts) !== end) scanSlowly(out.bytes.subarray(start, end), facts);
    if (structure !== UNKNOWN_STRUCTURE && shapes.size < MAX_KNOWN_SHAPES) shapes.set(structure, facts.shape);
  }

  function take(start: number, end: number, structure: number): void {
    slice += end - start;
    readFacts(start, end, structure);
    try {
      sink(out.bytes, start, end, facts);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      reject(error, 1);
    }
  }

  /** Lets others have their turn, and waits while the journal is behind. */
  async function rest(): Promise<void> {
    slice = 0;
    await nextTurn();
    await pause();
  }

  if (rejected > 0) reject(tooLarge(out.limit), rejected);
  if (ends) {
    let start = 0;
    for (let i = 0; i < ends.length; i++) {
      const end = ends[i]!;
      take(start, end, structures[i]!);
      start = end;
      if (slice >= SLICE_BYTES) await rest();
    }
  } else {
    const events = requestEvents(signal, request, out, keys);
    while (events.next()) {
      if (!out.isTooLarge) take(out.start, out.pos, out.structure);
      out.rewind(0);
      if (slice >= SLICE_BYTES) await rest();
    }
  }
  return { count, byReason, first };
}

/** What the fast path leaves to the scanner: keys with escapes. */
function scanSlowly(event: Uint8Array, facts: EventFacts): void {
  const options = { maxEventBytes: Infinity, elements: false, passed: { bytes: 0, lines: 0 } };
  jsonScanner((_bytes, _start, _end, found) => void Object.assign(facts, found), options).scan(event, event.length);
}

function tooLarge(limit: number): DecodeError {
  return new DecodeError('event_too_large', `an event is larger than ${limit} bytes`);
}
