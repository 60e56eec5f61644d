import type { Micros } from '../../core/duration.js';
import type { TelemetryError } from '../../core/errors.js';
import type { EventSink } from '../../core/event.js';
import type { SourceState } from '../../core/source.js';
import type { BatchOutcome } from './appender.js';
import { batchBuilder, EVENT_FACTS_BYTES, type Batch, type StreamOpening } from './batch.js';
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
   * Makes what follows events of a feed: the next event's number is `position` + 1, and an event whose number is stored
   * already is not stored again, but counted as a duplicate. The position moves in the commit that stores the events.
   * @returns what to call before each event, whatever the gate then makes of it.
   */
  beginFeed(state: SourceState): () => void;
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
  feed: { source: string; first: number } | undefined;
  stored: number;
  duplicates: number;
  denied: number;
  pending: number;
  error: TelemetryError | undefined;
}

/** Opens what writes with a thread that is ready. */
export function openWriter(options: WriterOptions): JournalWriter {
  const { thread, queueBytes, now, observer, describe } = options;
  const { worker, lastStreamId } = thread;
  const streams = new Map<number, { stream: OpenStream; onProgress: OnProgress }>();
  const building = batchBuilder(now);
  const full: Batch[] = [];
  const underWay: { readonly batch: Batch; readonly bytes: number }[] = [];
  let bytesUnderWay = 0;
  let queuedBytes = 0;
  let roomCallbacks: (() => void)[] = [];
  let isScheduled = false;
  let nextStreamId = lastStreamId + 1;
  let onIdle: (() => void) | undefined;

  /** Whatever else arrives in this turn of the event loop shares the batch, unless it is full: the thread need not wait for it. */
  function schedule(): void {
    if (building.isFull()) {
      full.push(building.finish());
      flush();
    }
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      flush();
    });
  }

  function flush(): void {
    while (bytesUnderWay < MAX_BYTES_UNDER_WAY) {
      const isDue = underWay.length === 0 || building.bytes() >= EAGER_BYTES;
      const batch = full.shift() ?? (isDue && !building.isEmpty() ? building.finish() : undefined);
      if (!batch) break;
      const bytes = batch.bytes.length + batch.facts.byteLength;
      underWay.push({ batch, bytes });
      bytesUnderWay += bytes;
      const message: ToWriter = { batch };
      worker.postMessage(message, batch.bytes.length < CLONED_BYTES ? [] : [batch.bytes.buffer, batch.facts.buffer]);
    }
    if (underWay.length === 0) onIdle?.();
  }

  function settle(message: Extract<FromWriter, { kind: 'done' }>): void {
    const error = message.error && journalError(message.error);
    const settled = underWay.splice(0, message.batches);
    const bytes = settled.reduce((sum, part) => sum + part.bytes, 0);
    queuedBytes -= bytes;
    bytesUnderWay -= bytes;
    message.buffers.forEach(building.recycle);
    settled.forEach(({ batch }, i) => settleBatch(batch, message.outcomes[i] ?? [], error));
    observer?.committed({ seconds: message.seconds, bytes, error });
    flush();
    if (queuedBytes <= queueBytes / 2 && roomCallbacks.length > 0) {
      const callbacks = roomCallbacks;
      roomCallbacks = [];
      for (const callback of callbacks) callback();
    }
  }

  /** Tells each stream that had a part of the batch. */
  function settleBatch(
    { opened, runs, closed }: Batch,
    outcomes: BatchOutcome,
    error: TelemetryError | undefined,
  ): void {
    const touched = new Set<number>(opened.map(({ id }) => id));
    runs.forEach(({ stream: id, count }, i) => {
      touched.add(id);
      const stream = streams.get(id)?.stream;
      if (!stream) return;
      stream.pending -= count;
      stream.stored += outcomes[i]?.stored ?? 0;
      stream.duplicates += outcomes[i]?.duplicates ?? 0;
      stream.denied += outcomes[i]?.denied ?? 0;
    });
    const ended = new Set(closed.map(({ id }) => id));
    for (const id of [...touched, ...ended]) {
      const entry = streams.get(id);
      if (!entry) continue;
      if (error) entry.stream.error ??= error;
      if (ended.has(id)) streams.delete(id);
      entry.onProgress(entry.stream, ended.has(id));
    }
  }

  worker.on('message', (message: FromWriter) => {
    if (message.kind === 'done') settle(message);
  });
  worker.on('error', options.onCrash);
  const exited = new Promise<void>(resolve => worker.once('exit', () => resolve()));

  return {
    get queuedBytes() {
      return queuedBytes;
    },
    get isFull() {
      return queuedBytes > queueBytes;
    },
    onRoom: callback => void roomCallbacks.push(callback),

    openStream(opening, onProgress) {
      const id = nextStreamId++;
      const stream: OpenStream = {
        id,
        stored: 0,
        duplicates: 0,
        denied: 0,
        pending: 0,
        error: undefined,
        feed: undefined,
        append(bytes, start, end, facts) {
          building.add(id, bytes, start, end, facts, stream.feed);
          stream.pending++;
          queuedBytes += end - start + EVENT_FACTS_BYTES;
          schedule();
        },
        beginFeed(state) {
          const feed = { source: state.source, first: state.position };
          stream.feed = feed;
          building.mark(state);
          schedule();
          return () => {
            feed.first++;
          };
        },
        close() {
          building.close({ id, endedAt: now() });
          // A large request's sender waits for it: what comes after it in this turn may take long to decode.
          if (building.bytes() >= EAGER_BYTES) flush();
          schedule();
        },
      };
      streams.set(id, { stream, onProgress });
      const { transport, remote, path, headers } = describe?.(opening) ?? opening;
      building.open({ id, startedAt: now(), transport, remote, path, headers });
      schedule();
      return stream;
    },

    async close() {
      const idle = new Promise<void>(resolve => (onIdle = resolve));
      flush();
      await Promise.race([idle, exited]);
      const message: ToWriter = 'close';
      worker.postMessage(message);
      await exited;
    },
  };
}
