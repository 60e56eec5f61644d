import type { Micros } from '../../core/duration.js';
import type { TelemetryError } from '../../core/errors.js';
import { IntegerMap } from '../../core/integer-map.js';
import type { BatchOutcome } from './appender.js';
import { BatchBuilder, EVENT_META_BYTES, type Batch, type StreamOpening } from './batch.js';
import { journalError } from './journal-error.js';
import type { FromWriter, ToWriter } from './writer-thread.js';
import { packBatch, unpackOutcome } from './packed-batch.js';
import type { WriterThread } from './start-writer-thread.js';
import { NO_PROGRESS, type OnProgress, type StreamProgress, type StreamWriter } from './stream-writer.js';

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

/**
 * Streams that end in a turn of the event loop before the thread, when it is idle, gets them while the others are read:
 * otherwise both threads would wait for each other in turn. Fewer would cost more commits than that saves.
 */
const EAGER_STREAMS = 12;

/** A batch below this is cloned to the thread, which then costs less than handing over its memory. */
const CLONED_BYTES = 16 * 1024;

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** A stream that is not closed and on disk. */
interface OpenStream extends Mutable<StreamProgress>, Omit<StreamWriter, keyof StreamProgress> {
  readonly onProgress: OnProgress;
  numbered: { source: string; first: number } | undefined;
  /** True while a batch is settled that had a part of it. */
  isTouched: boolean;
  /** True once a batch is settled that had its end. */
  hasEnded: boolean;
}

/** Opens a writer on a thread that is ready. */
export function openWriter(options: WriterOptions): JournalWriter & StreamIds {
  return new ThreadedWriter(options);
}

/** The writer of this thread: builds batches, hands them to the other thread and settles their streams. */
class ThreadedWriter implements JournalWriter, StreamIds {
  readonly #options: WriterOptions;
  readonly #streams = new IntegerMap<OpenStream>();
  readonly #building: BatchBuilder;
  readonly #full: Batch[] = [];
  readonly #underWay: { readonly batch: Batch; readonly bytes: number }[] = [];
  readonly #exited: Promise<void>;
  #bytesUnderWay = 0;
  #queuedBytes = 0;
  #roomCallbacks: (() => void)[] = [];
  #isScheduled = false;
  #nextStreamId: number;
  #batchesSent = 0;
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
    const stream = this.#newStream(id, onProgress);
    this.#streams.set(id, stream);
    const { transport, remote, path, headers } = describe?.(opening) ?? opening;
    this.#building.open({ id, startedAt: now(), transport, remote, path, headers, origin: opening.origin });
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

  /** True once the thread has done with all batches, which their messages may not have told yet. */
  get #isThreadIdle(): boolean {
    return this.#full.length === 0 && this.#options.thread.batchesDone() === this.#batchesSent >>> 0;
  }

  #newStream(id: number, onProgress: OnProgress): OpenStream {
    const building = this.#building;
    const stream: OpenStream = {
      id,
      onProgress,
      ...NO_PROGRESS,
      numbered: undefined,
      isTouched: false,
      hasEnded: false,
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
        return number => {
          numbered.first = number;
        };
      },
      close: () => {
        building.close({ id, endedAt: this.#options.now() });
        // A large request's sender waits for it: what comes after it in this turn may take long to decode.
        if (building.bytes >= EAGER_BYTES) this.#flush();
        else if (building.streamsClosed >= EAGER_STREAMS && this.#isThreadIdle) this.#send(building.finish());
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
    const isDue = this.#isThreadIdle || this.#building.bytes >= EAGER_BYTES;
    return isDue && !this.#building.isEmpty ? this.#building.finish() : undefined;
  }

  #send(batch: Batch): void {
    const bytes = batch.bytes.length + batch.meta.byteLength;
    this.#underWay.push({ batch, bytes });
    this.#bytesUnderWay += bytes;
    const message: ToWriter = { batch: packBatch(batch) };
    this.#batchesSent++;
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
    settled.forEach(({ batch }, i) =>
      this.#settleBatch(batch, error ? [] : unpackOutcome(message.outcomes[i]!), error),
    );
    this.#options.observer?.committed({ seconds: message.seconds, bytes, error });
    this.#flush();
    this.#callBackOnRoom();
  }

  /** Reports its progress to each stream that had a part of the batch. */
  #settleBatch({ opened, runs, closed }: Batch, outcomes: BatchOutcome, error: TelemetryError | undefined): void {
    const touched: OpenStream[] = [];
    for (const { id } of opened) this.#touch(id, touched);
    runs.forEach(({ stream: id, count }, i) => {
      const stream = this.#touch(id, touched);
      if (!stream) return;
      stream.pending -= count;
      const outcome = outcomes[i];
      if (!outcome) return;
      stream.stored += outcome.stored;
      stream.duplicates += outcome.duplicates;
      stream.repeated += outcome.repeated;
      stream.denied += outcome.denied;
    });
    for (const { id } of closed) {
      const stream = this.#touch(id, touched);
      if (stream) stream.hasEnded = true;
    }
    for (const stream of touched) {
      stream.isTouched = false;
      if (error) stream.error ??= error;
      if (stream.hasEnded) this.#streams.delete(stream.id);
      stream.onProgress(stream, stream.hasEnded);
    }
  }

  /** Adds a stream, if it is open, to those that a batch had a part of. */
  #touch(id: number, touched: OpenStream[]): OpenStream | undefined {
    const stream = this.#streams.get(id);
    if (stream && !stream.isTouched) {
      stream.isTouched = true;
      touched.push(stream);
    }
    return stream;
  }

  #callBackOnRoom(): void {
    if (this.#queuedBytes > this.#options.queueBytes / 2 || this.#roomCallbacks.length === 0) return;
    const callbacks = this.#roomCallbacks;
    this.#roomCallbacks = [];
    for (const callback of callbacks) callback();
  }
}
