import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EventSink } from '../../core/event.js';
import { attributeKeys } from './attribute-keys.js';
import type { OtlpEncoding, ReadableRequest } from './encoding.js';
import { jsonNames } from './json-names.js';
import { jsonToProtobuf } from './json-to-protobuf.js';
import { jsonWriter } from './json-writer.js';
import type { Signal } from './messages.js';
import { protobufWriter } from './protobuf-writer.js';
import { handOn, MAX_KNOWN_SHAPES, stage, type DecodeBuffers, type Rejections, type Staged } from './staging.js';
import { TAKEN_KEYS } from './taken-keys.js';

export type { OtlpEncoding } from './encoding.js';
export type { Rejections } from './staging.js';

/** Larger buffers are not kept for the next request, nor those of more than one request of a signal. */
const MAX_KEPT_BYTES = 8 * 1024 * 1024;
const MAX_KEPT = 4;

/** A fully read request: emitting its events cannot fail because of the request itself. */
export interface OtlpRequest {
  /**
   * Emits the events, and returns those left out: over the limit, unreadable, or refused by the sink with a
   * DecodeError. Awaits `pause` at intervals; its error, or any other error of the sink, ends it.
   */
  handOn(sink: EventSink, pause: () => void | Promise<void>): Promise<Rejections>;
  /** Returns the buffers of the request. Must be called exactly once, also after an error. */
  release(): void;
}

/** A request that is emitted synchronously. */
export interface OtlpDocument {
  /** Records that are unreadable or over the limit. */
  readonly rejections: Rejections;
  /** Emits the events. An error of the sink ends it. */
  handOn(sink: EventSink): void;
  release(): void;
}

/**
 * Decodes the requests to a server. A request is read once, and its events are staged, up to the size of the request and
 * 16 MiB. More events than that are read a second time when they are emitted, so that neither large resources, repeated
 * in every event, nor large requests take much memory. Events of a request are emitted only after all of it was read.
 */
export class OtlpDecoder {
  readonly #maxEventBytes: number;
  readonly #namesOf = jsonNames();
  readonly #idle: Readonly<Record<Signal, DecodeBuffers[]>> = { traces: [], logs: [], metrics: [] };

  /** @param maxEventBytes the largest event that is stored */
  constructor(maxEventBytes: number) {
    this.#maxEventBytes = maxEventBytes;
  }

  /**
   * Reads a request, yielding at intervals. Unreadable records are left out.
   * @throws DecodeError (rejects with it) for a request that cannot be read, or without a readable record
   */
  async decode(signal: Signal, encoding: OtlpEncoding, body: Uint8Array): Promise<OtlpRequest> {
    const buffers = this.#take(signal);
    const release = (): void => this.#giveBack(signal, buffers);
    try {
      const request = this.#readable(signal, encoding, body, buffers);
      const staged = await inTurns(stage(request, buffers), () => undefined);
      return { handOn: (sink, pause) => inTurns(handOn(request, buffers, staged, sink, 'count'), pause), release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Reads a JSON request synchronously. @throws DecodeError as {@link OtlpDecoder.decode} does */
  decodeDocument(signal: Signal, json: Uint8Array): OtlpDocument {
    const buffers = this.#take(signal);
    const release = (): void => this.#giveBack(signal, buffers);
    try {
      const request = this.#readable(signal, 'json', json, buffers);
      const staged: Staged = atOnce(stage(request, buffers));
      return {
        rejections: staged.rejections,
        handOn: sink => void atOnce(handOn(request, buffers, staged, sink, 'stop')),
        release,
      };
    } catch (error) {
      release();
      throw error;
    }
  }

  #take(signal: Signal): DecodeBuffers {
    return (
      this.#idle[signal].pop() ?? {
        protobuf: protobufWriter(),
        out: jsonWriter(this.#maxEventBytes),
        keys: attributeKeys(TAKEN_KEYS[signal]),
        shapes: new Map<number, number>(),
      }
    );
  }

  #giveBack(signal: Signal, buffers: DecodeBuffers): void {
    const { protobuf, out, keys, shapes } = buffers;
    const idle = this.#idle[signal];
    if (out.bytes.length + protobuf.size > MAX_KEPT_BYTES || idle.length === MAX_KEPT) return;
    out.rewind(0);
    keys.trim();
    if (shapes.size >= MAX_KNOWN_SHAPES) shapes.clear();
    idle.push(buffers);
  }

  #readable(signal: Signal, encoding: OtlpEncoding, body: Uint8Array, { protobuf }: DecodeBuffers): ReadableRequest {
    if (encoding === 'protobuf') return { signal, encoding, bytes: body, refused: { count: 0, first: undefined } };
    return { signal, encoding, ...jsonToProtobuf(signal, body, this.#namesOf, protobuf) };
  }
}

/** Runs work that yields, with a turn of the event loop and a pause at each yield. */
async function inTurns<T>(work: Generator<void, T>, pause: () => void | Promise<void>): Promise<T> {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    await nextTurn();
    await pause();
  }
}

function atOnce<T>(work: Generator<void, T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}
