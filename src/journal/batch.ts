import type { EventFacts } from '../core/event.js';
import type { Micros } from '../core/duration.js';

/** A connection or POST as it begins. */
export interface StreamOpening {
  readonly id: number;
  readonly startedAt: Micros;
  readonly transport: string;
  readonly remote: string | undefined;
  readonly path: string | undefined;
  /** JSON. */
  readonly headers: string;
}

/** The end of a stream. */
export interface StreamClosing {
  readonly id: number;
  readonly endedAt: Micros;
}

/** Events of one stream that stand next to each other in a batch. */
export interface Run {
  readonly stream: number;
  readonly receivedAt: Micros;
  count: number;
}

/** How many numbers describe an event in {@link Batch.facts}: its end, shape, encoding, id start and id end (as in EventFacts). */
export const FACTS_PER_EVENT = 5;

/** What one message carries to the writer thread: events back to back, and what happened to streams before and after them. */
export interface Batch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly facts: Float64Array<ArrayBuffer>;
  readonly runs: readonly Run[];
  readonly opened: readonly StreamOpening[];
  readonly closed: readonly StreamClosing[];
}

/** A batch is handed to the writer once it has this many bytes: some 3,000 events share a commit, and a commit takes some 10 ms. */
const FULL_BATCH_BYTES = 1024 * 1024;

/** The same in events: small ones cost more to insert than to copy. */
const FULL_BATCH_EVENTS = 8192;

const FIRST_FACTS = 1024;

/** A batch in the making. */
export interface BatchBuilder {
  /** Counted in {@link FULL_BATCH_BYTES} and {@link FULL_BATCH_EVENTS}. */
  isFull(): boolean;
  isEmpty(): boolean;
  bytes(): number;
  open(stream: StreamOpening): void;
  add(stream: number, bytes: Uint8Array, start: number, end: number, facts: EventFacts): void;
  close(stream: StreamClosing): void;
  finish(): Batch;
}

/** Starts a batch. `buffer` is one to use again, from a batch that the writer gave back. */
export function batchBuilder(now: () => Micros, buffer?: ArrayBuffer): BatchBuilder {
  let bytes = new Uint8Array(buffer ?? new ArrayBuffer(FULL_BATCH_BYTES + FULL_BATCH_BYTES / 4));
  let facts = new Float64Array(FIRST_FACTS * FACTS_PER_EVENT);
  let used = 0;
  let count = 0;
  const runs: Run[] = [];
  const opened: StreamOpening[] = [];
  const closed: StreamClosing[] = [];

  return {
    isFull: () => used >= FULL_BATCH_BYTES || count >= FULL_BATCH_EVENTS,
    isEmpty: () => count === 0 && opened.length === 0 && closed.length === 0,
    bytes: () => used,
    open: stream => void opened.push(stream),
    close: stream => void closed.push(stream),
    add(stream, source, start, end, { shape, encoding, idStart, idEnd }) {
      const length = end - start;
      if (used + length > bytes.length) bytes = grown(bytes, used + length);
      bytes.set(start === 0 && end === source.length ? source : source.subarray(start, end), used);
      used += length;
      const at = count * FACTS_PER_EVENT;
      if (at === facts.length) {
        const wider = new Float64Array(2 * facts.length);
        wider.set(facts);
        facts = wider;
      }
      facts[at] = used;
      facts[at + 1] = shape;
      facts[at + 2] = encoding;
      facts[at + 3] = idStart;
      facts[at + 4] = idEnd;
      count++;
      const run = runs.at(-1);
      if (run?.stream === stream) run.count++;
      else runs.push({ stream, receivedAt: now(), count: 1 });
    },
    finish: () => ({ bytes, facts, runs, opened, closed }),
  };
}

function grown(bytes: Uint8Array<ArrayBuffer>, needed: number): Uint8Array<ArrayBuffer> {
  const wider = new Uint8Array(Math.max(needed, 2 * bytes.length));
  wider.set(bytes);
  return wider;
}
