/** Does it now, or after so many milliseconds; the process does not live on for it. */
export function afterDelay(ms: number | undefined, act: () => void): void {
  if (!ms) act();
  else setTimeout(act, ms).unref();
}
