import type { EventSink } from '../../core/event.js';
import { ATTRIBUTE } from '../../core/vocabulary.js';
import { DecodeError, type Decoder, type DecoderOptions } from '../decoder.js';
import { elementsOf, isArrayAt, isObjectAt, membersOf, textOf, type Member, type Slice } from '../json/members.js';
import { jsonStream } from '../json/stream.js';
import { openEnvelope, requiredField, textProblem, timeProblem } from './fields.js';

/** Options of {@link sourceEnvelopes}. */
export interface SourceOptions extends DecoderOptions {
  /** The limit of the whole request, in bytes. */
  readonly maxRequestBytes: number;
  /** The kind in the request's path, for an array without an envelope. */
  readonly kind: string | undefined;
}

/** A member of an object as JSON, and its key. */
interface Field {
  readonly key: string;
  readonly json: string;
}

/**
 * Decodes envelopes of sources: `{application, telemetry_type, time, payload}`. Each element of an array payload is an
 * event; any other payload is one event. An event has the envelope's fields and those of the payload, which win; a
 * scalar is stored under `payload`. An array without an envelope is a payload of the path's kind.
 * @throws DecodeError `invalid_event` with the index of the envelope and the field; `event_too_large`.
 */
export function sourceEnvelopes(sink: EventSink, options: SourceOptions): Decoder {
  return new SourceEnvelopes(sink, options);
}

class SourceEnvelopes implements Decoder {
  readonly #options: SourceOptions;
  /** Takes the body: envelopes and arrays. */
  readonly #body: Decoder;
  /** Takes the events made of them. */
  readonly #events: Decoder;
  #count = 0;

  constructor(sink: EventSink, options: SourceOptions) {
    const limits = { maxEventBytes: options.maxRequestBytes };
    this.#options = options;
    this.#events = jsonStream(sink, limits);
    this.#body = jsonStream((bytes, start, end) => this.#take(bytes, start, end), limits);
  }

  write(chunk: Uint8Array): void | Promise<void> {
    return this.#body.write(chunk);
  }

  end(): void {
    void this.#body.end();
    if (this.#count > 0) return;
    throw new DecodeError('invalid_event', 'the body is empty: an envelope or an array should be in it');
  }

  #take(bytes: Uint8Array, start: number, end: number): void {
    const index = this.#count++;
    if (isArrayAt(bytes, start)) {
      this.#unfoldAll(bytes, [this.#kindField(index)], { start, end }, 'the array');
      return;
    }
    const envelope = openEnvelope(bytes, start, 'envelope', index);
    requiredField(envelope, ATTRIBUTE.application, member => textProblem(bytes, member));
    requiredField(envelope, ATTRIBUTE.telemetryType, member => textProblem(bytes, member));
    requiredField(envelope, ATTRIBUTE.time, member => timeProblem(bytes, member));
    const payload = requiredField(envelope, ATTRIBUTE.payload, ({ valueStart }) =>
      bytes[valueStart] === 0x6e ? 'is null' : undefined,
    );
    const fields = envelope.members
      .filter(({ key }) => key !== ATTRIBUTE.payload)
      .map(member => sentField(bytes, member));
    this.#unfoldAll(bytes, fields, { start: payload.valueStart, end: payload.end }, envelope.what);
  }

  #unfoldAll(bytes: Uint8Array, envelope: readonly Field[], payload: Slice, what: string): void {
    if (!isArrayAt(bytes, payload.start)) {
      this.#unfold(bytes, envelope, payload, what);
      return;
    }
    let element = 0;
    for (const slice of elementsOf(bytes, payload.start)) {
      this.#unfold(bytes, envelope, slice, `${what}, element ${element++}`);
    }
  }

  #unfold(bytes: Uint8Array, envelope: readonly Field[], { start, end }: Slice, what: string): void {
    const { maxEventBytes } = this.#options;
    const own = isObjectAt(bytes, start)
      ? membersOf(bytes, start).map(member => sentField(bytes, member))
      : [field(ATTRIBUTE.payload, textOf(bytes, start, end))];
    const ownKeys = new Set(own.map(({ key }) => key));
    const inherited = envelope.filter(({ key }) => !ownKeys.has(key));
    const event = Buffer.from(`{${[...inherited, ...own].map(({ json }) => json).join(',')}}\n`);
    if (event.length - 1 > maxEventBytes) {
      throw new DecodeError('event_too_large', `${what}: with its envelope it is larger than ${maxEventBytes} bytes`);
    }
    void this.#events.write(event);
  }

  #kindField(index: number): Field {
    const { kind } = this.#options;
    if (kind !== undefined) return field(ATTRIBUTE.telemetryType, JSON.stringify(kind));
    throw new DecodeError(
      'invalid_event',
      'an array without an envelope needs its kind in the path: POST it to /api/collect/KIND',
      { index },
    );
  }
}

/** A member as it was sent. */
function sentField(bytes: Uint8Array, { key, start, end }: Member): Field {
  return { key, json: textOf(bytes, start, end) };
}

function field(key: string, valueJson: string): Field {
  return { key, json: `${JSON.stringify(key)}:${valueJson}` };
}
