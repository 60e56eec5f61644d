import { durationText } from '../../../core/duration.js';
import { TelemetryError } from '../../../core/errors.js';
import { MAX_TIMER_MS } from '../../../core/limits.js';

/** A signal with a timer, and `stop`, which cancels the timer. */
export interface Timeout {
  readonly signal: AbortSignal;
  stop(): void;
}

/** A signal that aborts with `parent`, or after `ms` milliseconds with a TelemetryError of that kind. */
export function withTimeout(
  parent: AbortSignal,
  ms: number | undefined,
  kind: 'failure' | 'timeout' = 'failure',
): Timeout {
  if (ms === undefined) return { signal: parent, stop: () => undefined };
  const controller = new AbortController();
  const forward = (): void => controller.abort(parent.reason);
  if (parent.aborted) forward();
  parent.addEventListener('abort', forward);
  const timer = setTimeout(
    () => {
      controller.abort(
        new TelemetryError(kind, `the query ran longer than ${durationText(ms)}`, {
          remedy:
            kind === 'timeout'
              ? 'Narrow it down, for example with a condition on time, or give a longer --timeout.'
              : 'Narrow it down, for example with --since, or give a longer --timeout.',
        }),
      );
    },
    Math.min(ms, MAX_TIMER_MS),
  );
  return {
    signal: controller.signal,
    stop() {
      clearTimeout(timer);
      parent.removeEventListener('abort', forward);
    },
  };
}
