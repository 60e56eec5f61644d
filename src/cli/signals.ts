import { EXIT } from '../core/errors.js';

/** What a shell reports for a process that a signal ended: 128 and the signal's number. */
const EXIT_BY_SIGNAL = { SIGINT: EXIT.interrupted, SIGTERM: 143 } as const;

/** A signal that the first SIGINT or SIGTERM aborts. The second ends the process at once, whatever is under way. */
export function interruption(process: NodeJS.Process): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(EXIT_BY_SIGNAL[name]);
      controller.abort();
    });
  }
  return controller.signal;
}
