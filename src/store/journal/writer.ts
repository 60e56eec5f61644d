import type { Micros } from '../../core/duration.js';
import type { TelemetryError } from '../../core/errors.js';
import type { EventSink } from '../../core/event.js';
import { IntegerMap } from '../../core/integer-map.js';
import type { SourceState } from '../../core/source.js';
import type { BatchOutcome } from './appender.js';
import { BatchBuilder, EVENT_META_BYTES, type Batch, type StreamOpening } from './batch.js';
import { journalError } from './journal-error.js';
import type { FromWriter, ToWriter } from './writer-thread.js';
import type { WriterThread } from './start-writer-thread.js';

/** The progress of an open stream: stored events, pending events, and the error that ended it. */
export interface StreamProgress {
  /** Events of the stream on disk. */
  readonly stored: number;
  /** Events that were there already, by their event_id. */
  readonly duplicates: number;
  /** Events of a denied type: acknowledged, and not stored. */
  readonly denied: number;
  /** Events appended and not yet on disk. */
  readonly pending: number;
  /** Set when the journal failed: what was pending then is not stored, and the stream can only be closed. */
  readonly error: TelemetryError | undefined;
}

/** One connection or POST that appends events. */
export interface StreamWriter extends StreamProgress {
  readonly id: number;
  /** Appends one event; the bytes are copied. It is on disk when `pending` says so. */
  readonly append: EventSink;
  /**
   * Makes the following events those of a source: the next event's number is `position` + 1, and an event whose number is stored
   * already is not stored again, but counted as a duplicate. The position moves in the commit that stores the events.
   * @returns what to call before each event, whatever the gate then makes of it.
   */
  beginSource(state: SourceState): () => void;
  /** Ends the stream. `onProgress` is called once more, when all of it is on disk (`closed`) or has failed. */
  close(): void;
}

/** Called after each commit with a part of the stream; `closed` is true on the last call. */
export type OnProgress = (stream: StreamWriter, closed: boolean) => void;

/** Callbacks with measurements of the writer. */
export interface WriterObserver {
  committed(commit: {
    readonly seconds: number;
    readonly bytes: number;
    readonly error: TelemetryError | undefined;
  }): void;
}

/**
 * Writes the journal from a separate thread. Batches of all streams share a commit; an event counts as stored only once
 * its commit is on disk.
 */
export interface JournalWriter {
  openStream(stream: Omit<StreamOpening, 'id' | 'startedAt'>, onProgress: OnProgress): StreamWriter;
  /** Memory of the events that are not yet on disk, in bytes: their payloads and metadata. */
  readonly queuedBytes: number;
  /** True when senders should pause; `onRoom` calls back once when they may continue. */
  readonly isFull: boolean;
  onRoom(callback: () => void): void;
  /** Commits what was appended and closes the store. */
  close(): Promise<void>;
}

/** Allots the ids of streams. */
export interface StreamIds {
  /** Returns an id that no other stream gets. */
  allotStream(): number;
}

/** Options of {@link openWriter}. */
export interface WriterOptions {
  /** The thread, which only this writer uses. */
  readonly thread: WriterThread;
  /** In bytes of events not yet on disk. */
  readonly queueBytes: number;
  /** The present, in microseconds since 1970. */
  readonly now: () => Micros;
  readonly observer?: WriterObserver;
  /** Maps the opening of a stream to its stored form; the default stores all of it. */
  readonly describe?:
    ((stream: Omit<StreamOpening, 'id' | 'startedAt'>) => Omit<StreamOpening, 'id' | 'startedAt'>) | undefined;
  /** Called when the thread dies, which it never should. */
  readonly onCrash: (error: Error) => void;
}

/** Bytes that the thread may have at once: two full batches, one that is committed and one that waits. */
const MAX_BYTES_UNDER_WAY = 2 * 1024 * 1024;

/** A batch this large goes to the thread while it still commits; what is smaller waits, to cross in one message with what comes yet. */
const EAGER_BYTES = 64 * 1024;

/** A batch below this is cloned to the thread, which then costs less than handing over its memory. */
const CLONED_BYTES = 16 * 1024;

interface OpenStream extends StreamWriter {
  numbered: { source: string; first: number } | undefined;
  stored: number;
  duplicates: number;
  denied: number;
  pending: number;
  error: TelemetryError | undefined;
}

/** Opens a writer on a thread that is ready. */
export function openWriter(options: WriterOptions): JournalWriter & StreamIds {
  return new ThreadedWriter(options);
}

/** The writer of this thread: builds batches, hands them to the other thread and settles their streams. */
class ThreadedWriter implements JournalWriter, StreamIds {
  readonly #options: WriterOptions;
  readonly #streams = new IntegerMap<{ stream: OpenStream; onProgress: OnProgress }>();
  readonly #building: BatchBuilder;
  readonly #full: Batch[] = [];
  readonly #underWay: { readonly batch: Batch; readonly bytes: number }[] = [];
  readonly #exited: Promise<void>;
  #bytesUnderWay = 0;
  #queuedBytes = 0;
  #roomCallbacks: (() => void)[] = [];
  #isScheduled = false;
  #nextStreamId: number;
  #onIdle: (() => void) | undefined;

  constructor(options: WriterOptions) {
    const { worker, lastStreamId } = options.thread;
    this.#options = options;
    this.#building = new BatchBuilder(options.now);
    this.#nextStreamId = lastStreamId + 1;
    worker.on('message', (message: FromWriter) => {
      if (message.kind === 'done') this.#settle(message);
    });
    worker.on('error', options.onCrash);
    this.#exited = new Promise<void>(resolve => worker.once('exit', () => resolve()));
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  get isFull(): boolean {
    return this.#queuedBytes > this.#options.queueBytes;
  }

  onRoom(callback: () => void): void {
    this.#roomCallbacks.push(callback);
  }

  openStream(opening: Omit<StreamOpening, 'id' | 'startedAt'>, onProgress: OnProgress): StreamWriter {
    const { now, describe } = this.#options;
    const id = this.allotStream();
    const stream = this.#newStream(id);
    this.#streams.set(id, { stream, onProgress });
    const { transport, remote, path, headers } = describe?.(opening) ?? opening;
    this.#building.open({ id, startedAt: now(), transport, remote, path, headers });
    this.#schedule();
    return stream;
  }

  allotStream(): number {
    return this.#nextStreamId++;
  }

  async close(): Promise<void> {
    const idle = new Promise<void>(resolve => (this.#onIdle = resolve));
    this.#flush();
    await Promise.race([idle, this.#exited]);
    const message: ToWriter = 'close';
    this.#options.thread.worker.postMessage(message);
    await this.#exited;
  }

  #newStream(id: number): OpenStream {
    const building = this.#building;
    const stream: OpenStream = {
      id,
      stored: 0,
      duplicates: 0,
      denied: 0,
      pending: 0,
      error: undefined,
      numbered: undefined,
      append: (bytes, start, end, meta) => {
        building.add(id, bytes, start, end, meta, stream.numbered);
        stream.pending++;
        this.#queuedBytes += end - start + EVENT_META_BYTES;
        this.#schedule();
      },
      beginSource: state => {
        const numbered = { source: state.source, first: state.position };
        stream.numbered = numbered;
        building.mark(state);
        this.#schedule();
        return () => {
          numbered.first++;
        };
      },
      close: () => {
        building.close({ id, endedAt: this.#options.now() });
        // A large request's sender waits for it: what comes after it in this turn may take long to decode.
        if (building.bytes >= EAGER_BYTES) this.#flush();
        this.#schedule();
      },
    };
    return stream;
  }

  /** Whatever else arrives in this turn of the event loop shares the batch, unless it is full: the thread need not wait for it. */
  #schedule(): void {
    if (this.#building.isFull) {
      this.#full.push(this.#building.finish());
      this.#flush();
    }
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    this.#sendDue();
    if (this.#underWay.length === 0) this.#onIdle?.();
  }

  #sendDue(): void {
    while (this.#bytesUnderWay < MAX_BYTES_UNDER_WAY) {
      const batch = this.#full.shift() ?? this.#finishDue();
      if (!batch) break;
      this.#send(batch);
    }
  }

  /** The batch that is being built, if the thread is idle or it is large. */
  #finishDue(): Batch | undefined {
    const isDue = this.#underWay.length === 0 || this.#building.bytes >= EAGER_BYTES;
    return isDue && !this.#building.isEmpty ? this.#building.finish() : undefined;
  }

  #send(batch: Batch): void {
    const bytes = batch.bytes.length + batch.meta.byteLength;
    this.#underWay.push({ batch, bytes });
    this.#bytesUnderWay += bytes;
    const message: ToWriter = { batch };
    const moved = batch.bytes.length < CLONED_BYTES ? [] : [batch.bytes.buffer, batch.meta.buffer];
    this.#options.thread.worker.postMessage(message, moved);
  }

  #settle(message: Extract<FromWriter, { kind: 'done' }>): void {
    const error = message.error && journalError(message.error);
    const settled = this.#underWay.splice(0, message.batches);
    const bytes = settled.reduce((sum, part) => sum + part.bytes, 0);
    this.#queuedBytes -= bytes;
    this.#bytesUnderWay -= bytes;
    for (const buffer of message.buffers) this.#building.recycle(buffer);
    // First, so that the thread commits while replies are written here.
    this.#sendDue();
    settled.forEach(({ batch }, i) => this.#settleBatch(batch, message.outcomes[i] ?? [], error));
    this.#options.observer?.committed({ seconds: message.seconds, bytes, error });
    this.#flush();
    this.#callBackOnRoom();
  }

  /** Reports its progress to each stream that had a part of the batch. */
  #settleBatch({ opened, runs, closed }: Batch, outcomes: BatchOutcome, error: TelemetryError | undefined): void {
    const touched = new Set<number>(opened.map(({ id }) => id));
    runs.forEach(({ stream: id, count }, i) => {
      touched.add(id);
      const stream = this.#streams.get(id)?.stream;
      if (!stream) return;
      stream.pending -= count;
      stream.stored += outcomes[i]?.stored ?? 0;
      stream.duplicates += outcomes[i]?.duplicates ?? 0;
      stream.denied += outcomes[i]?.denied ?? 0;
    });
    const ended = new Set(closed.map(({ id }) => id));
    for (const id of [...touched, ...ended]) {
      const entry = this.#streams.get(id);
      if (!entry) continue;
      if (error) entry.stream.error ??= error;
      if (ended.has(id)) this.#streams.delete(id);
      entry.onProgress(entry.stream, ended.has(id));
    }
  }

  #callBackOnRoom(): void {
    if (this.#queuedBytes > this.#options.queueBytes / 2 || this.#roomCallbacks.length === 0) return;
    const callbacks = this.#roomCallbacks;
    this.#roomCallbacks = [];
    for (const callback of callbacks) callback();
  }
}
