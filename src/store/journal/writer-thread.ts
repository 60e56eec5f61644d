/*
 * The thread that owns the one connection that writes events: a commit waits for the disk, and the network does not
 * wait with it. Started by start-writer-thread.ts.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { codeOf, messageOf, TelemetryError } from '../../core/errors.js';
import type { BatchOutcome } from './appender.js';
import { isReusable, type Batch } from './batch.js';
import type { ImportedBatch } from './imported-batch.js';
import { openJournal, type OpenJournal } from './open-journal.js';
import { packOutcome, unpackBatch, type PackedBatch } from './packed-batch.js';
import type { Durability } from '../database/store.js';

/** The start parameters of the thread. */
export interface WriterThreadData {
  readonly dir: string;
  readonly durability: Durability;
  /** One number, shared by both threads: the batches that the thread has done with. */
  readonly done: Int32Array<SharedArrayBuffer>;
}

/** An error as it crosses threads. */
export interface SentError {
  readonly code: string | undefined;
  readonly message: string;
  readonly remedy: string | undefined;
}

/** A message to the thread, which ends after `close`. */
export type ToWriter = { readonly batch: PackedBatch } | { readonly imported: ImportedBatch } | 'close';

/**
 * A message from the thread: `ready` or `refused` once, then one `done` per commit, for as many batches as it held, and
 * one `registered` per imported batch, both in order.
 */
export type FromWriter =
  | { readonly kind: 'ready'; readonly lastStreamId: number }
  | { readonly kind: 'refused'; readonly error: SentError }
  | { readonly kind: 'registered'; readonly isRegistered: boolean; readonly error: SentError | undefined }
  | {
      readonly kind: 'done';
      readonly batches: number;
      /** One a batch, packed; none when there was an error. */
      readonly outcomes: readonly Float64Array<ArrayBuffer>[];
      readonly error: SentError | undefined;
      readonly seconds: number;
      /** The memory of the batches, to be used again. */
      readonly buffers: readonly ArrayBuffer[];
    };

/** Maximum size of a commit, in bytes, which limits the wait for its end. */
const MAX_COMMIT_BYTES = 4 * 1024 * 1024;

const port = parentPort!;
const { dir, durability, done } = workerData as WriterThreadData;

function say(message: FromWriter, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

function sendable(error: unknown): SentError {
  const remedy = error instanceof TelemetryError ? error.remedy : undefined;
  return { code: codeOf(error), message: messageOf(error), remedy };
}

/** Commits the batches that have arrived, up to {@link MAX_COMMIT_BYTES}, until none is left. */
function commit(journal: OpenJournal, queue: Batch[]): void {
  const batches: Batch[] = [];
  let bytes = 0;
  for (
    let batch = queue[0];
    batch && (bytes === 0 || bytes + batch.bytes.length <= MAX_COMMIT_BYTES);
    batch = queue[0]
  ) {
    bytes += batch.bytes.length;
    batches.push(queue.shift()!);
  }
  const start = performance.now();
  let outcomes: readonly BatchOutcome[] = [];
  let error: SentError | undefined;
  try {
    outcomes = journal.appender.append(batches);
  } catch (thrown) {
    error = sendable(thrown);
  }
  const seconds = (performance.now() - start) / 1000;
  const buffers = batches.map(batch => batch.bytes.buffer).filter(isReusable);
  Atomics.add(done, 0, batches.length);
  say({ kind: 'done', batches: batches.length, outcomes: outcomes.map(packOutcome), error, seconds, buffers }, buffers);
  journal.tend();
  if (queue.length > 0) setImmediate(commit, journal, queue);
}

function register(journal: OpenJournal, imported: ImportedBatch): void {
  let isRegistered = false;
  let error: SentError | undefined;
  try {
    isRegistered = journal.appender.register(imported);
  } catch (thrown) {
    error = sendable(thrown);
  }
  say({ kind: 'registered', isRegistered, error });
  journal.tend();
}

try {
  const journal = openJournal(dir, durability);
  const queue: Batch[] = [];
  port.on('message', (message: ToWriter) => {
    if (message !== 'close' && 'imported' in message) {
      register(journal, message.imported);
      return;
    }
    if (message !== 'close') {
      // Whatever arrived during the last commit is delivered before this runs, and shares the next.
      if (queue.push(unpackBatch(message.batch)) === 1) setImmediate(commit, journal, queue);
      return;
    }
    journal.close();
    port.close();
  });
  say({ kind: 'ready', lastStreamId: journal.appender.lastStreamId });
} catch (error) {
  say({ kind: 'refused', error: sendable(error) });
}
