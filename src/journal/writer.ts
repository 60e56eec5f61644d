import { Worker } from 'node:worker_threads';
import type { Micros } from '../core/duration.js';
import { TelemetryError } from '../core/errors.js';
import type { EventSink } from '../core/event.js';
import { batchBuilder, FACTS_PER_EVENT, type Batch, type BatchBuilder, type StreamOpening } from './batch.js';
import type { Durability } from './store.js';
import type { FromWriter, SentError, ToWriter, WriterThreadData } from './writer-thread.js';

/** How far an open stream is: what is on disk, what is not yet, and why there will be no more. */
export interface StreamProgress {
  /** Events of the stream on disk. */
  readonly stored: number;
  /** Events that were there already, by their event_id. */
  readonly duplicates: number;
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
  /** Ends the stream. `onProgress` is called once more, when all of it is on disk (`closed`) or has failed. */
  close(): void;
}

/** What a stream is told after each commit that had a part of it; `closed` on the last call. */
export type OnProgress = (stream: StreamWriter, closed: boolean) => void;

/** What the writer measures of itself. */
export interface WriterObserver {
  committed(commit: {
    readonly seconds: number;
    readonly bytes: number;
    readonly error: TelemetryError | undefined;
  }): void;
}

/**
 * Writes the journal from a thread of its own. Batches of all streams share a commit; an event counts as stored only
 * once the commit that holds it is on disk.
 */
export interface JournalWriter {
  openStream(stream: Omit<StreamOpening, 'id' | 'startedAt'>, onProgress: OnProgress): StreamWriter;
  /** Bytes of events that are not yet on disk. */
  readonly queuedBytes: number;
  /** Whether senders should pause; `onRoom` calls back once, when they may go on. */
  readonly isFull: boolean;
  onRoom(callback: () => void): void;
  /** Commits what was appended and closes the store. */
  close(): Promise<void>;
}

/** Options of {@link openWriter}. */
export interface WriterOptions {
  readonly dir: string;
  readonly durability: Durability;
  /** In bytes of events not yet on disk. */
  readonly queueBytes: number;
  /** The present, in microseconds since 1970. */
  readonly now: () => Micros;
  readonly observer?: WriterObserver;
  /** Called when the thread dies, which it never should. */
  readonly onCrash: (error: Error) => void;
}

/** Batches under way: one that is committed, one that waits, so that the thread never does. */
const BATCHES_UNDER_WAY = 2;

/** Buffers kept for the next batches; more would hold memory after a burst. */
const SPARE_BUFFERS = 4;

interface OpenStream extends StreamWriter {
  stored: number;
  duplicates: number;
  pending: number;
  error: TelemetryError | undefined;
}

/**
 * Starts the writer of the store at `dir`, which is created or migrated when needed.
 * @throws TelemetryError `failure` when the store cannot be opened.
 */
export async function openWriter(options: WriterOptions): Promise<JournalWriter> {
  const { queueBytes, now, observer } = options;
  const { worker, lastStreamId } = await startThread(options);
  const streams = new Map<number, { stream: OpenStream; onProgress: OnProgress }>();
  const waiting: Batch[] = [];
  const underWay: { batch: Batch; bytes: number }[] = [];
  const spare: ArrayBuffer[] = [];
  let roomCallbacks: (() => void)[] = [];
  let building: BatchBuilder | undefined;
  let isScheduled = false;
  let queuedBytes = 0;
  let nextStreamId = lastStreamId + 1;
  let onIdle: (() => void) | undefined;

  const builder = (): BatchBuilder => {
    building ??= batchBuilder(now, spare.pop());
    // Whatever else arrives in this turn of the event loop shares the batch.
    if (!isScheduled) {
      isScheduled = true;
      setImmediate(flush);
    }
    return building;
  };

  function seal(): void {
    if (!building || building.isEmpty()) return;
    waiting.push(building.finish());
    building = undefined;
  }

  function flush(): void {
    isScheduled = false;
    while (underWay.length < BATCHES_UNDER_WAY) {
      if (waiting.length === 0) seal();
      const batch = waiting.shift();
      if (!batch) break;
      underWay.push({ batch, bytes: batch.runs.length === 0 ? 0 : usedBytes(batch) });
      const message: ToWriter = { batch };
      worker.postMessage(message, [batch.bytes.buffer, batch.facts.buffer]);
    }
    if (underWay.length === 0) onIdle?.();
  }

  function settle(message: Extract<FromWriter, { kind: 'done' }>): void {
    const { batch, bytes } = underWay.shift()!;
    const error = message.error && journalError(message.error);
    queuedBytes -= bytes;
    if (spare.length < SPARE_BUFFERS) spare.push(message.buffer);
    const touched = new Set<number>();
    for (const { id } of batch.opened) touched.add(id);
    batch.runs.forEach(({ stream: id, count }, i) => {
      touched.add(id);
      const stream = streams.get(id)?.stream;
      if (!stream) return;
      stream.pending -= count;
      stream.stored += message.outcomes[i]?.stored ?? 0;
      stream.duplicates += message.outcomes[i]?.duplicates ?? 0;
    });
    const closed = new Set(batch.closed.map(({ id }) => id));
    for (const id of [...touched, ...closed]) {
      const entry = streams.get(id);
      if (!entry) continue;
      if (error) entry.stream.error ??= error;
      if (closed.has(id)) streams.delete(id);
      entry.onProgress(entry.stream, closed.has(id));
    }
    observer?.committed({ seconds: message.seconds, bytes, error });
    flush();
    if (queuedBytes <= queueBytes / 2 && roomCallbacks.length > 0) {
      const callbacks = roomCallbacks;
      roomCallbacks = [];
      for (const callback of callbacks) callback();
    }
  }

  worker.on('message', (message: FromWriter) => {
    if (message.kind === 'done') settle(message);
  });
  worker.on('error', options.onCrash);

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
        pending: 0,
        error: undefined,
        append(bytes, start, end, facts) {
          const batch = builder();
          batch.add(id, bytes, start, end, facts);
          stream.pending++;
          queuedBytes += end - start;
          if (batch.isFull()) seal();
        },
        close: () => builder().close({ id, endedAt: now() }),
      };
      streams.set(id, { stream, onProgress });
      builder().open({ ...opening, id, startedAt: now() });
      return stream;
    },

    async close() {
      await new Promise<void>(resolve => {
        onIdle = resolve;
        flush();
      });
      const closed = new Promise<void>(resolve => {
        worker.on('message', (message: FromWriter) => {
          if (message.kind === 'closed') resolve();
        });
      });
      const message: ToWriter = 'close';
      worker.postMessage(message);
      await closed;
      await worker.terminate();
    },
  };
}

function usedBytes({ runs, facts }: Batch): number {
  const events = runs.reduce((sum, run) => sum + run.count, 0);
  return facts[(events - 1) * FACTS_PER_EVENT]!;
}

function journalError({ code, message, remedy }: SentError): TelemetryError {
  const isFull = code === 'SQLITE_FULL';
  return new TelemetryError('failure', isFull ? 'the disk is full' : `the journal cannot be written: ${message}`, {
    remedy:
      remedy ?? (isFull ? 'Free space on the disk; the server goes on by itself.' : 'See the message of the store.'),
    cause: code,
  });
}

async function startThread({ dir, durability }: WriterOptions): Promise<{ worker: Worker; lastStreamId: number }> {
  const workerData: WriterThreadData = { dir, durability };
  const worker = new Worker(threadFile(), { workerData });
  const first = await new Promise<FromWriter>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  if (first.kind === 'ready') return { worker, lastStreamId: first.lastStreamId };
  await worker.terminate();
  const error = first.kind === 'refused' ? first.error : undefined;
  throw new TelemetryError(
    'failure',
    error?.message ?? 'the writer did not start',
    error?.remedy ? { remedy: error.remedy } : {},
  );
}

/** The built thread, also when this file runs from its source in a test. */
function threadFile(): URL {
  const built = import.meta.url.includes('/src/journal/') ? '../../dist/journal/' : '../journal/';
  return new URL(`${built}writer-thread.js`, import.meta.url);
}
