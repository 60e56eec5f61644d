import type { EventMeta } from '../../core/event.js';
import type { SourceState } from '../../core/source.js';
import type { Micros } from '../../core/duration.js';

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

/** The position of the events of a run in their source. */
export interface FeedPlace {
  readonly source: string;
  /** The number of the run's first event; the others follow without a gap. */
  readonly first: number;
}

/** Events of one stream that stand next to each other in a batch. */
export interface Run {
  readonly stream: number;
  readonly receivedAt: Micros;
  count: number;
  readonly feed: FeedPlace | undefined;
}

/** The numbers per event in {@link Batch.facts}: its end, shape, encoding, id start and id end (as in EventMeta). */
export const FACTS_PER_EVENT = 5;

/** Memory of these numbers per event, in bytes: for the smallest events, far more than their own bytes. */
export const EVENT_FACTS_BYTES = FACTS_PER_EVENT * Float64Array.BYTES_PER_ELEMENT;

/**
 * The content of one message to the writer thread: consecutive events, and the openings and ends of streams before and
 * after them. `bytes` may be the start of a larger buffer.
 */
export interface Batch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly facts: Float64Array<ArrayBuffer>;
  readonly runs: readonly Run[];
  readonly opened: readonly StreamOpening[];
  readonly closed: readonly StreamClosing[];
  /** New positions of sources that apply before any of their events in this batch. */
  readonly marks: readonly SourceState[];
}

/** A batch is full at this many bytes: some 3,000 events, whose commit takes some 10 ms. */
const FULL_BATCH_BYTES = 1024 * 1024;

/** The same in events: small ones cost more to insert than to copy. */
const FULL_BATCH_EVENTS = 8192;

/** A batch below this is copied, so that the builder keeps its memory: single events need not pay for a megabyte. */
const COPIED_BYTES = FULL_BATCH_BYTES / 4;

/** Room for a full batch and one event more, unless that is a large one. */
const NEW_BATCH_BYTES = FULL_BATCH_BYTES + COPIED_BYTES;

const FIRST_FACTS = 1024 * FACTS_PER_EVENT;

/** Builds one batch after the other. */
export interface BatchBuilder {
  isFull(): boolean;
  isEmpty(): boolean;
  /** Of the events added. */
  bytes(): number;
  open(stream: StreamOpening): void;
  /** @param feed the position of this event in its source, if any. */
  add(stream: number, bytes: Uint8Array, start: number, end: number, facts: EventMeta, feed?: FeedPlace): void;
  close(stream: StreamClosing): void;
  mark(state: SourceState): void;
  /** Returns the added events as a batch and starts the next one. */
  finish(): Batch;
  /** Takes back the memory of a finished batch. */
  readonly recycle: (buffer: ArrayBuffer) => void;
}

/** As many as go round between the threads; more would only hold memory. */
const MAX_SPARE_BUFFERS = 4;

/** True when the memory of a batch is worth returning. That of a large event is not kept. */
export function isReusable(buffer: ArrayBuffer): boolean {
  return buffer.byteLength === NEW_BATCH_BYTES;
}

/** Creates the builder of a writer. */
export function batchBuilder(now: () => Micros): BatchBuilder {
  let bytes = newBytes();
  let facts = new Float64Array(FIRST_FACTS);
  const spare: ArrayBuffer[] = [];
  let used = 0;
  let count = 0;
  let runs: Run[] = [];
  let opened: StreamOpening[] = [];
  let closed: StreamClosing[] = [];
  let marks: SourceState[] = [];

  function handOverBytes(): Uint8Array<ArrayBuffer> {
    if (used < COPIED_BYTES) return bytes.slice(0, used);
    const full = bytes.subarray(0, used);
    const again = spare.pop();
    bytes = again ? new Uint8Array(again) : newBytes();
    return full;
  }

  return {
    isFull: () => used >= FULL_BATCH_BYTES || count >= FULL_BATCH_EVENTS,
    isEmpty: () => count === 0 && opened.length === 0 && closed.length === 0 && marks.length === 0,
    bytes: () => used,
    open: stream => void opened.push(stream),
    close: stream => void closed.push(stream),
    mark: state => void marks.push(state),
    add(stream, source, start, end, { shape, encoding, idStart, idEnd }, feed) {
      const length = end - start;
      if (used + length > bytes.length) bytes = widened(bytes, used + length);
      bytes.set(start === 0 && end === source.length ? source : source.subarray(start, end), used);
      used += length;
      const at = count++ * FACTS_PER_EVENT;
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
      const run = runs.at(-1);
      if (run?.stream === stream && follows(run, feed)) run.count++;
      else runs.push({ stream, receivedAt: now(), count: 1, feed: feed && { ...feed } });
    },
    finish() {
      const batch = {
        bytes: handOverBytes(),
        facts: facts.slice(0, count * FACTS_PER_EVENT),
        runs,
        opened,
        closed,
        marks,
      };
      used = count = 0;
      runs = [];
      opened = [];
      closed = [];
      marks = [];
      return batch;
    },
    recycle(buffer) {
      if (isReusable(buffer) && spare.length < MAX_SPARE_BUFFERS) spare.push(buffer);
    },
  };
}

/** Events that a processor dropped leave a gap in the numbers, which starts a new run. */
function follows({ feed: before, count }: Run, feed: FeedPlace | undefined): boolean {
  return before === undefined || feed === undefined ? before === feed : before.first + count === feed.first;
}

function newBytes(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(NEW_BATCH_BYTES);
}

function widened(bytes: Uint8Array<ArrayBuffer>, needed: number): Uint8Array<ArrayBuffer> {
  const wider = new Uint8Array(Math.max(needed, 2 * bytes.length));
  wider.set(bytes);
  return wider;
}
