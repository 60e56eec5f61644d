/*
 * The thread that owns the one connection that writes events: a commit waits for the disk, and the network does not
 * wait with it. Started by writer.ts.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { codeOf, messageOf, TelemetryError } from '../core/errors.js';
import { createAppender, type Appender } from './appender.js';
import type { Batch } from './batch.js';
import type { RunOutcome } from './insert-events.js';
import { openForWriting, type Durability } from './store.js';

/** What the thread is started with. */
export interface WriterThreadData {
  readonly dir: string;
  readonly durability: Durability;
}

/** An error as it crosses threads. */
export interface SentError {
  readonly code: string | undefined;
  readonly message: string;
  readonly remedy: string | undefined;
}

/** What the thread is told. */
export type ToWriter = { readonly batch: Batch } | 'close';

/** What the thread says: `ready` or `refused` once, then one `done` a batch, in order, then `closed`. */
export type FromWriter =
  | { readonly kind: 'ready'; readonly lastStreamId: number }
  | { readonly kind: 'refused'; readonly error: SentError }
  | {
      readonly kind: 'done';
      readonly outcomes: readonly (RunOutcome | null)[];
      readonly error: SentError | undefined;
      readonly seconds: number;
      /** The batch's memory, to be used again. */
      readonly buffer: ArrayBuffer;
    }
  | { readonly kind: 'closed' };

const port = parentPort!;
const { dir, durability } = workerData as WriterThreadData;

function say(message: FromWriter, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

function sendable(error: unknown): SentError {
  const remedy = error instanceof TelemetryError ? error.remedy : undefined;
  return { code: codeOf(error), message: messageOf(error), remedy };
}

function commit(appender: Appender, batch: Batch): void {
  const start = performance.now();
  let outcomes: readonly (RunOutcome | null)[] = [];
  let error: SentError | undefined;
  try {
    outcomes = appender.append(batch);
  } catch (thrown) {
    error = sendable(thrown);
  }
  const seconds = (performance.now() - start) / 1000;
  const { buffer } = batch.bytes;
  say({ kind: 'done', outcomes, error, seconds, buffer }, [buffer]);
}

try {
  const db = openForWriting(dir, durability);
  const appender = createAppender(db);
  port.on('message', (message: ToWriter) => {
    if (message !== 'close') {
      commit(appender, message.batch);
      return;
    }
    db.close();
    say({ kind: 'closed' });
    port.close();
  });
  say({ kind: 'ready', lastStreamId: appender.lastStreamId });
} catch (error) {
  say({ kind: 'refused', error: sendable(error) });
}
