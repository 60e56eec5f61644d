import { builtFile } from '../../core/built-file.js';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { MachineSample } from './machine.js';

/** Measures the machine without holding up this thread. */
export interface Sampler {
  /** @throws AbortError when the signal aborts first, or what ended the thread: the next call starts another. */
  sample(signal: AbortSignal): Promise<MachineSample>;
  stop(): Promise<void>;
}

/** Creates what measures in a thread of its own: running a program of the system takes the thread that does it some ten milliseconds. */
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
