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

/** Buffers that grew past this are not kept for the next request, nor are those of more requests of a signal than this. */
const MAX_KEPT_BYTES = 8 * 1024 * 1024;
const MAX_KEPT = 4;

/** A request whose every byte has been read: handing its events on fails for none of them by itself. */
export interface OtlpRequest {
  /**
   * Hands the events on, and returns those that were left out: over the limit, unreadable, or refused by the sink with
   * a DecodeError. Awaits `pause` every now and then; what that throws, or any other error of the sink, ends it.
   */
  handOn(sink: EventSink, pause: () => void | Promise<void>): Promise<Rejections>;
  /** Gives back what the request took. To be called once, whatever happened. */
  release(): void;
}

/** The same for a request that is taken at once. */
export interface OtlpDocument {
  /** Records that cannot be read, or are over the limit. */
  readonly rejections: Rejections;
  /** Hands the events on. What the sink throws ends it. */
  handOn(sink: EventSink): void;
  release(): void;
}

/** Decodes requests. Nothing of one is handed on before all of it was read. */
export interface OtlpDecoder {
  /**
   * Reads a request. A record that cannot be read is left out; others get their turn now and then.
   * @throws DecodeError (rejects with it) for a request that cannot be read, or of which no record can
   */
  decode(signal: Signal, encoding: OtlpEncoding, body: Uint8Array): Promise<OtlpRequest>;
  /** Reads a request in JSON at once. @throws DecodeError as {@link OtlpDecoder.decode} does */
  decodeDocument(signal: Signal, json: Uint8Array): OtlpDocument;
}

/**
 * Creates the decoder of a server. A request is read once, and its events are staged: up to as many bytes as the
 * request has itself, and 16 MiB. Where they are more, all are read again when they are handed on, so that neither a
 * request with large resources, which all its events repeat, nor a large one takes much memory.
 * @param maxEventBytes the largest event that is stored
 */
export function otlpDecoder(maxEventBytes: number): OtlpDecoder {
  const namesOf = jsonNames();
  const idle: Record<Signal, DecodeBuffers[]> = { traces: [], logs: [], metrics: [] };

  function take(signal: Signal): DecodeBuffers {
    return (
      idle[signal].pop() ?? {
        protobuf: protobufWriter(),
        out: jsonWriter(maxEventBytes),
        keys: attributeKeys(TAKEN_KEYS[signal]),
        shapes: new Map<number, number>(),
      }
    );
  }

  function giveBack(signal: Signal, buffers: DecodeBuffers): void {
    const { protobuf, out, keys, shapes } = buffers;
    if (out.bytes.length + protobuf.size > MAX_KEPT_BYTES || idle[signal].length === MAX_KEPT) return;
    out.rewind(0);
    keys.trim();
    if (shapes.size >= MAX_KNOWN_SHAPES) shapes.clear();
    idle[signal].push(buffers);
  }

  function readable(
    signal: Signal,
    encoding: OtlpEncoding,
    body: Uint8Array,
    { protobuf }: DecodeBuffers,
  ): ReadableRequest {
    if (encoding === 'protobuf') return { signal, encoding, bytes: body, refused: { count: 0, first: undefined } };
    return { signal, encoding, ...jsonToProtobuf(signal, body, namesOf, protobuf) };
  }

  return {
    async decode(signal, encoding, body) {
      const buffers = take(signal);
      const release = (): void => giveBack(signal, buffers);
      try {
        const request = readable(signal, encoding, body, buffers);
        const staged = await inTurns(stage(request, buffers), () => undefined);
        return { handOn: (sink, pause) => inTurns(handOn(request, buffers, staged, sink, 'count'), pause), release };
      } catch (error) {
        release();
        throw error;
      }
    },
    decodeDocument(signal, json) {
      const buffers = take(signal);
      const release = (): void => giveBack(signal, buffers);
      try {
        const request = readable(signal, 'json', json, buffers);
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
    },
  };
}

/** Does work that yields, with a turn for others and a pause at each. */
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
