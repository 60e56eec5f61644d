import type { ImportedBatch } from './imported-batch.js';
import { journalError } from './journal-error.js';
import type { WriterThread } from './start-writer-thread.js';
import type { FromWriter, ToWriter } from './writer-thread.js';

/**
 * Has a writer's thread make the events of a batch the next ones of the store; they are on disk when this resolves. One
 * batch at a time.
 * @returns false when other events came first; nothing has changed then.
 * @throws TelemetryError when the journal failed, nothing has changed then; Error when the thread ended.
 */
export async function registerImported({ worker }: WriterThread, imported: ImportedBatch): Promise<boolean> {
  const reply = await new Promise<Extract<FromWriter, { kind: 'registered' }>>((resolve, reject) => {
    const settle = (end: () => void): void => {
      worker.off('message', onMessage);
      worker.off('exit', onExit);
      end();
    };
    const onMessage = (message: FromWriter): void => {
      if (message.kind === 'registered') settle(() => resolve(message));
    };
    const onExit = (): void => settle(() => reject(new Error('the writer ended before it registered an import')));
    worker.on('message', onMessage);
    worker.on('exit', onExit);
    const message: ToWriter = { imported };
    worker.postMessage(message);
  });
  if (reply.error) throw journalError(reply.error);
  return reply.isRegistered;
}
