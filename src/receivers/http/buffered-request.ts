import { ENCODING, type EventMeta, type EventSink } from '../../core/event.js';
import { MAX_BUFFERED_BYTES, MAX_BUFFERED_REQUEST_BYTES } from '../../core/limits.js';
import { DecodeError, type Decoder } from '../../formats/decoder.js';

/** The metadata of a buffered event: its end offset and its {@link EventMeta}. */
const META_PER_EVENT = 5;
const META_BYTES = META_PER_EVENT * Float64Array.BYTES_PER_ELEMENT;

/** Minimum size of a buffer, so that growing is rare. */
const MIN_ROOM = 512;

/** Returns a function that creates buffered requests, which share {@link MAX_BUFFERED_BYTES}. */
export function bufferedRequests(): (journal: EventSink) => BufferedRequest {
  const shared = new SharedBudget();
  return journal => new BufferedRequest(journal, shared);
}

/** The bytes of all requests that are being buffered. */
class SharedBudget {
  #used = 0;

  /** @throws DecodeError `busy` over the limit; the bytes count nevertheless, until they are freed. */
  take(bytes: number): void {
    this.#used += bytes;
    if (this.#used > MAX_BUFFERED_BYTES) throw new DecodeError('busy', 'too much is being received at once; try again');
  }

  free(bytes: number): void {
    this.#used -= bytes;
  }
}

/**
 * A buffered request: its events are stored only after the whole request has been validated. A large one takes several
 * commits, which only a failure of the journal or the end of the process can separate.
 */
export class BufferedRequest {
  readonly #journal: EventSink;
  readonly #shared: SharedBudget;
  #bytes = new Uint8Array(0);
  #meta = new Float64Array(0);
  #used = 0;
  #count = 0;
  #received = 0;
  /** The part of this request in the shared budget. */
  #taken = 0;

  constructor(journal: EventSink, shared: SharedBudget) {
    this.#journal = journal;
    this.#shared = shared;
  }

  /** Buffers an event. */
  readonly buffer: EventSink = (source, start, end, { shape, encoding, idStart, idEnd }) => {
    const used = this.#used + end - start;
    if (used + (this.#count + 1) * META_BYTES > MAX_BUFFERED_REQUEST_BYTES) {
      throw tooLarge('the events of a request come to');
    }
    this.#take(end - start + META_BYTES);
    if (used > this.#bytes.length) this.#bytes = grown(this.#bytes, new Uint8Array(roomFor(used)));
    this.#bytes.set(source.subarray(start, end), this.#used);
    this.#used = used;
    const offset = this.#count++ * META_PER_EVENT;
    const metaEnd = offset + META_PER_EVENT;
    if (metaEnd > this.#meta.length) this.#meta = grown(this.#meta, new Float64Array(roomFor(metaEnd)));
    this.#meta.set([used, shape, encoding, idStart, idEnd], offset);
  };

  /** Wraps a decoder to limit its input, which it may buffer too. */
  limit(decoder: Decoder): Decoder {
    return {
      write: chunk => {
        this.#received += chunk.length;
        if (this.#received > MAX_BUFFERED_REQUEST_BYTES) throw tooLarge('a request has');
        this.#take(chunk.length);
        return decoder.write(chunk);
      },
      end: () => decoder.end(),
    };
  }

  /** Appends all events to the journal. */
  store(): void {
    const event: EventMeta = { shape: 0, encoding: ENCODING.none, idStart: -1, idEnd: -1 };
    for (let offset = 0, start = 0; offset < this.#count * META_PER_EVENT; offset += META_PER_EVENT) {
      const [end, shape, encoding, idStart, idEnd] = this.#meta.subarray(offset, offset + META_PER_EVENT);
      Object.assign(event, { shape, encoding, idStart, idEnd });
      this.#journal(this.#bytes, start, end!, event);
      start = end!;
    }
  }

  /** Frees the buffers. */
  close(): void {
    this.#shared.free(this.#taken);
    this.#taken = this.#count = this.#used = 0;
    this.#bytes = new Uint8Array(0);
    this.#meta = new Float64Array(0);
  }

  /** Rejects before allocating. */
  #take(bytes: number): void {
    this.#taken += bytes;
    this.#shared.take(bytes);
  }
}

function tooLarge(what: string): DecodeError {
  return new DecodeError(
    'request_too_large',
    `${what} more than ${MAX_BUFFERED_REQUEST_BYTES} bytes; send it in parts`,
  );
}

function roomFor(needed: number): number {
  return Math.max(MIN_ROOM, 2 * needed);
}

function grown<T extends Uint8Array | Float64Array>(full: T, wider: T): T {
  wider.set(full);
  return wider;
}
