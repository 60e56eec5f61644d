import { builtFile } from '../../core/built-file.js';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { MachineSample } from './machine.js';

/** Measures the machine in a worker thread. */
export interface Sampler {
  /** @throws AbortError on abort, or the error that ended the thread. The next call starts a new one. */
  sample(signal: AbortSignal): Promise<MachineSample>;
  stop(): Promise<void>;
}

/** Creates a sampler. Uses a worker thread, since running a system program blocks its thread for some ten milliseconds. */
export function createSampler(): Sampler {
  let worker: Worker | undefined;

  function start(): Worker {
    const started = new Worker(builtFile(import.meta.url, 'receivers/host/sampler-thread'));
    started.on('exit', () => {
      if (worker === started) worker = undefined;
    });
    return started;
  }

  return {
    async sample(signal) {
      worker ??= start();
      const answer = once(worker, 'message', { signal });
      worker.postMessage('sample');
      const [sample] = (await answer) as [MachineSample];
      return sample;
    },
    async stop() {
      await worker?.terminate();
    },
  };
}
