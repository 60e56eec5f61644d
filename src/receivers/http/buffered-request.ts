import { ENCODING, type EventMeta, type EventSink } from '../../core/event.js';
import { MAX_BUFFERED_BYTES, MAX_BUFFERED_REQUEST_BYTES } from '../../core/limits.js';
import { DecodeError, type Decoder } from '../../formats/decoder.js';

/** What an event takes beside its bytes while it is held. */
const FACTS_PER_EVENT = 5;
const FACTS_BYTES = FACTS_PER_EVENT * Float64Array.BYTES_PER_ELEMENT;

/** The least that is held at first, so that growing is rare. */
const FIRST_ROOM = 512;

/**
 * A request of which nothing is stored before all of it is known to be right: its events are held until then. Only a
 * journal that fails, or the end of the process, can come between the commits that a large one takes.
 */
export interface WholeRequest {
  readonly hold: EventSink;
  /** Counts what the decoder is given: its bytes may be held too. */
  limit(decoder: Decoder): Decoder;
  /** Hands all events to the journal. */
  store(): void;
  /** Forgets what is held. */
  close(): void;
}

/** Makes whole requests, which share {@link MAX_BUFFERED_BYTES}. */
export function wholeRequests(): (journal: EventSink) => WholeRequest {
  let heldByAll = 0;

  return journal => {
    let bytes = new Uint8Array(0);
    let facts = new Float64Array(0);
    let used = 0;
    let count = 0;
    let received = 0;
    /** This request's part of `heldByAll`. */
    let taken = 0;

    /** Says no in time: before the memory is used. */
    function take(size: number): void {
      taken += size;
      heldByAll += size;
      if (heldByAll > MAX_BUFFERED_BYTES)
        throw new DecodeError('busy', 'too much is being received at once; try again');
    }

    return {
      hold(source, start, end, { shape, encoding, idStart, idEnd }) {
        if (used + end - start + (count + 1) * FACTS_BYTES > MAX_BUFFERED_REQUEST_BYTES) {
          throw tooLarge('the events of a request come to');
        }
        take(end - start + FACTS_BYTES);
        if (used + end - start > bytes.length) bytes = grown(bytes, new Uint8Array(roomFor(used + end - start)));
        bytes.set(source.subarray(start, end), used);
        used += end - start;
        const at = count++ * FACTS_PER_EVENT;
        if (at + FACTS_PER_EVENT > facts.length) facts = grown(facts, new Float64Array(roomFor(at + FACTS_PER_EVENT)));
        facts.set([used, shape, encoding, idStart, idEnd], at);
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
        for (let at = 0, start = 0; at < count * FACTS_PER_EVENT; at += FACTS_PER_EVENT) {
          const [end, shape, encoding, idStart, idEnd] = facts.subarray(at, at + FACTS_PER_EVENT);
          Object.assign(event, { shape, encoding, idStart, idEnd });
          journal(bytes, start, end!, event);
          start = end!;
        }
      },
      close() {
        heldByAll -= taken;
        taken = count = used = 0;
        bytes = new Uint8Array(0);
        facts = new Float64Array(0);
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
  return Math.max(FIRST_ROOM, 2 * needed);
}

function grown<T extends Uint8Array | Float64Array>(full: T, wider: T): T {
  wider.set(full);
  return wider;
}
