/**
 * A signal that the first SIGINT or SIGTERM aborts. The second ends the process at once, whatever is under way: by the
 * signal itself, since an exit would wait for a writer that waits for the disk. A shell sees 130 or 143.
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
  return controller.signal;
}
