import { isSupervised } from './supervised.js';

/**
 * A signal that the first SIGINT or SIGTERM aborts. The second kills the process with that signal, since an exit would
 * wait for a writer that waits for the disk. A shell sees 130 or 143.
 * In a supervised process, a message or the end of the supervisor aborts it too.
 */
export function interruption(process: NodeJS.Process): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (!controller.signal.aborted) {
        controller.abort();
        return;
      }
      process.removeAllListeners(name);
      process.kill(process.pid, name);
    });
  }
  if (isSupervised(process)) {
    for (const event of ['message', 'disconnect']) process.on(event, () => controller.abort());
    process.channel?.unref();
  }
  return controller.signal;
}

/** The signals that `telemetry run` passes on to its command. */
const PASSED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

/** Replaces all handlers of these signals by `callback`. */
export function takeSignals(process: NodeJS.Process, callback: (name: NodeJS.Signals) => void): void {
  for (const name of PASSED_ON) {
    process.removeAllListeners(name);
    process.on(name, () => callback(name));
  }
}
