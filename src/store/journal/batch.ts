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
  /** The ids of the stores that its events have passed, the first one first, with commas between. */
  readonly origin?: string | undefined;
}

/** The end of a stream. */
export interface StreamClosing {
  readonly id: number;
  readonly endedAt: Micros;
}

/** The position of the events of a run in their source. */
export interface NumberedSource {
  readonly source: string;
  /** The number of the run's first event; the others follow without a gap. */
  readonly first: number;
}

/** Events of one stream that stand next to each other in a batch. */
export interface Run {
  readonly stream: number;
  readonly receivedAt: Micros;
  count: number;
  readonly numbered: NumberedSource | undefined;
}

/** The numbers per event in {@link Batch.meta}: its end, shape, encoding, id start and id end (as in EventMeta). */
export const META_PER_EVENT = 5;

/** Memory of these numbers per event, in bytes: for the smallest events, far more than their own bytes. */
export const EVENT_META_BYTES = META_PER_EVENT * Float64Array.BYTES_PER_ELEMENT;

/**
 * The content of one message to the writer thread: consecutive events, and the openings and ends of streams before and
 * after them. `bytes` may be the start of a larger buffer.
 */
export interface Batch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly meta: Float64Array<ArrayBuffer>;
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

const FIRST_META = 1024 * META_PER_EVENT;

/** As many as go round between the threads; more would only hold memory. */
const MAX_SPARE_BUFFERS = 4;

/** True when the memory of a batch is worth returning. That of a large event is not kept. */
export function isReusable(buffer: ArrayBuffer): boolean {
  return buffer.byteLength === NEW_BATCH_BYTES;
}

/** Builds one batch after the other. */
export class BatchBuilder {
  readonly #now: () => Micros;
  readonly #spare: ArrayBuffer[] = [];
  #bytes = newBytes();
  #meta = new Float64Array(FIRST_META);
  #used = 0;
  #count = 0;
  #runs: Run[] = [];
  #opened: StreamOpening[] = [];
  #closed: StreamClosing[] = [];
  #marks: SourceState[] = [];

  constructor(now: () => Micros) {
    this.#now = now;
  }

  get isFull(): boolean {
    return this.#used >= FULL_BATCH_BYTES || this.#count >= FULL_BATCH_EVENTS;
  }

  get isEmpty(): boolean {
    return this.#count === 0 && this.#opened.length === 0 && this.#closed.length === 0 && this.#marks.length === 0;
  }

  /** The bytes of the events added. */
  get bytes(): number {
    return this.#used;
  }

  /** The number of streams that have ended. */
  get streamsClosed(): number {
    return this.#closed.length;
  }

  open(stream: StreamOpening): void {
    this.#opened.push(stream);
  }

  /** @param numbered the position of this event in its source, if any. */
  add(
    stream: number,
    source: Uint8Array,
    start: number,
    end: number,
    { shape, encoding, idStart, idEnd }: EventMeta,
    numbered?: NumberedSource,
  ): void {
    const before = this.#used;
    const used = before + end - start;
    if (used > this.#bytes.length) this.#bytes = widened(this.#bytes, used);
    this.#bytes.set(start === 0 && end === source.length ? source : source.subarray(start, end), before);
    this.#used = used;
    const at = this.#count++ * META_PER_EVENT;
    if (at === this.#meta.length) this.#widenMeta();
    const meta = this.#meta;
    meta[at] = used;
    meta[at + 1] = shape;
    meta[at + 2] = encoding;
    meta[at + 3] = idStart;
    meta[at + 4] = idEnd;
    const run = this.#runs.at(-1);
    if (run?.stream === stream && follows(run, numbered)) run.count++;
    else this.#runs.push({ stream, receivedAt: this.#now(), count: 1, numbered: numbered && { ...numbered } });
  }

  close(stream: StreamClosing): void {
    this.#closed.push(stream);
  }

  mark(state: SourceState): void {
    this.#marks.push(state);
  }

  /** Returns the added events as a batch and starts the next one. */
  finish(): Batch {
    const batch = {
      bytes: this.#handOverBytes(),
      meta: this.#meta.slice(0, this.#count * META_PER_EVENT),
      runs: this.#runs,
      opened: this.#opened,
      closed: this.#closed,
      marks: this.#marks,
    };
    this.#used = this.#count = 0;
    this.#runs = [];
    this.#opened = [];
    this.#closed = [];
    this.#marks = [];
    return batch;
  }

  /** Takes back the memory of a finished batch. */
  recycle(buffer: ArrayBuffer): void {
    if (isReusable(buffer) && this.#spare.length < MAX_SPARE_BUFFERS) this.#spare.push(buffer);
  }

  #handOverBytes(): Uint8Array<ArrayBuffer> {
    if (this.#used < COPIED_BYTES) return this.#bytes.slice(0, this.#used);
    const full = this.#bytes.subarray(0, this.#used);
    const again = this.#spare.pop();
    this.#bytes = again ? new Uint8Array(again) : newBytes();
    return full;
  }

  #widenMeta(): void {
    const wider = new Float64Array(2 * this.#meta.length);
    wider.set(this.#meta);
    this.#meta = wider;
  }
}

/** Events that a processor dropped leave a gap in the numbers, which starts a new run. */
function follows({ numbered: before, count }: Run, numbered: NumberedSource | undefined): boolean {
  return before === undefined || numbered === undefined ? before === numbered : before.first + count === numbered.first;
}

function newBytes(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(NEW_BATCH_BYTES);
}

function widened(bytes: Uint8Array<ArrayBuffer>, needed: number): Uint8Array<ArrayBuffer> {
  const wider = new Uint8Array(Math.max(needed, 2 * bytes.length));
  wider.set(bytes);
  return wider;
}
