import { builtFile } from '../../core/built-file.js';
import { Worker } from 'node:worker_threads';
import { TelemetryError } from '../../core/errors.js';
import type { Durability } from '../database/store.js';
import type { FromWriter, WriterThreadData } from './writer-thread.js';

/** The writer's thread, ready to write. */
export interface WriterThread {
  readonly worker: Worker;
  /** The number of batches that the thread has done with, modulo 2^32. It is ahead of the messages that say so. */
  batchesDone(): number;
  /** The highest id of a stream that the store has. */
  readonly lastStreamId: number;
}

/**
 * Starts the thread that writes the store at `dir`, which is created or migrated when needed.
 * @throws TelemetryError `failure` when the store cannot be opened.
 */
export async function startWriterThread(dir: string, durability: Durability): Promise<WriterThread> {
  const done = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const workerData: WriterThreadData = { dir, durability, done };
  const worker = new Worker(builtFile(import.meta.url, 'store/journal/writer-thread'), { workerData });
  const first = await new Promise<FromWriter>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  if (first.kind === 'ready')
    return { worker, batchesDone: () => Atomics.load(done, 0) >>> 0, lastStreamId: first.lastStreamId };
  await worker.terminate();
  const error = first.kind === 'refused' ? first.error : undefined;
  throw new TelemetryError(
    'failure',
    error?.message ?? 'the writer did not start',
    error?.remedy ? { remedy: error.remedy } : {},
  );
}
