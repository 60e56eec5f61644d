import { ENCODING, type EventMeta, type EventSink } from '../../core/event.js';
import { MAX_BUFFERED_BYTES, MAX_BUFFERED_REQUEST_BYTES } from '../../core/limits.js';
import { DecodeError, type Decoder } from '../../formats/decoder.js';

/** The metadata of a buffered event: its end offset and its {@link EventMeta}. */
const META_PER_EVENT = 5;
const META_BYTES = META_PER_EVENT * Float64Array.BYTES_PER_ELEMENT;

/** Minimum size of a buffer, so that growing is rare. */
const MIN_ROOM = 512;

/**
 * A buffered request: its events are stored only after the whole request has been validated. A large one takes several
 * commits, which only a failure of the journal or the end of the process can separate.
 */
export interface BufferedRequest {
  readonly buffer: EventSink;
  /** Wraps a decoder to limit its input, which it may buffer too. */
  limit(decoder: Decoder): Decoder;
  /** Appends all events to the journal. */
  store(): void;
  /** Frees the buffers. */
  close(): void;
}

/** Returns a function that creates buffered requests, which share {@link MAX_BUFFERED_BYTES}. */
export function bufferedRequests(): (journal: EventSink) => BufferedRequest {
  let totalBuffered = 0;

  return journal => {
    let bytes = new Uint8Array(0);
    let meta = new Float64Array(0);
    let used = 0;
    let count = 0;
    let received = 0;
    /** The part of this request in `totalBuffered`. */
    let taken = 0;

    /** Rejects before allocating. */
    function take(size: number): void {
      taken += size;
      totalBuffered += size;
      if (totalBuffered > MAX_BUFFERED_BYTES)
        throw new DecodeError('busy', 'too much is being received at once; try again');
    }

    return {
      buffer(source, start, end, { shape, encoding, idStart, idEnd }) {
        if (used + end - start + (count + 1) * META_BYTES > MAX_BUFFERED_REQUEST_BYTES) {
          throw tooLarge('the events of a request come to');
        }
        take(end - start + META_BYTES);
        if (used + end - start > bytes.length) bytes = grown(bytes, new Uint8Array(roomFor(used + end - start)));
        bytes.set(source.subarray(start, end), used);
        used += end - start;
        const offset = count++ * META_PER_EVENT;
        const metaEnd = offset + META_PER_EVENT;
        if (metaEnd > meta.length) meta = grown(meta, new Float64Array(roomFor(metaEnd)));
        meta.set([used, shape, encoding, idStart, idEnd], offset);
      },
      limit: decoder => ({
        write(chunk) {
          received += chunk.length;
          if (received > MAX_BUFFERED_REQUEST_BYTES) {
            throw tooLarge('a request has');
          }
          take(chunk.length);
          return decoder.write(chunk);
        },
        end: () => decoder.end(),
      }),
      store() {
        const event: EventMeta = { shape: 0, encoding: ENCODING.none, idStart: -1, idEnd: -1 };
        for (let offset = 0, start = 0; offset < count * META_PER_EVENT; offset += META_PER_EVENT) {
          const [end, shape, encoding, idStart, idEnd] = meta.subarray(offset, offset + META_PER_EVENT);
          Object.assign(event, { shape, encoding, idStart, idEnd });
          journal(bytes, start, end!, event);
          start = end!;
        }
      },
      close() {
        totalBuffered -= taken;
        taken = count = used = 0;
        bytes = new Uint8Array(0);
        meta = new Float64Array(0);
      },
    };
  };
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
