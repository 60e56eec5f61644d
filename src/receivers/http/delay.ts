/** Calls `act` now or after `ms` milliseconds. The timer does not keep the process alive. */
export function afterDelay(ms: number | undefined, act: () => void): void {
  if (!ms) act();
  else setTimeout(act, ms).unref();
}
