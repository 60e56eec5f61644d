import { durationText } from '../../../core/duration.js';
import { TelemetryError } from '../../../core/errors.js';

/** A signal that may fire, and `stop`, after which it no longer does. */
export interface Timeout {
  readonly signal: AbortSignal;
  stop(): void;
}

/** A signal that fires with `parent`, or after `ms` with a TelemetryError that says so. */
export function withTimeout(parent: AbortSignal, ms: number | undefined): Timeout {
  if (ms === undefined) return { signal: parent, stop: () => undefined };
  const controller = new AbortController();
  const forward = (): void => controller.abort(parent.reason);
  if (parent.aborted) forward();
  parent.addEventListener('abort', forward);
  const timer = setTimeout(() => {
    controller.abort(
      new TelemetryError('failure', `the query ran longer than ${durationText(ms)}`, {
        remedy: 'Ask for less, with --since for example, or give it a longer --timeout.',
      }),
    );
  }, ms);
  return {
    signal: controller.signal,
    stop() {
      clearTimeout(timer);
      parent.removeEventListener('abort', forward);
    },
  };
}
