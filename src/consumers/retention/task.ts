import prettyBytes from 'pretty-bytes';
import { messageOf } from '../../core/errors.js';
import { applyPolicy, type Applied } from './apply.js';
import { readPolicy, type RetentionPolicy } from './policy.js';
import type { PruneOptions } from './prune.js';

/** Callbacks of the retention task. */
export interface RetentionObserver {
  /** Called after a removal, with the numbers of events and bytes, and a line for the log. */
  removed(events: number, bytes: number, text: string): void;
  /** Called when events were removed before remotes received them: the catalog lists the losses. */
  lost?(): void;
  /** Called when the policy cannot be applied, once for each new reason. */
  trouble(text: string): void;
}

/** Interval of the task while the disk is full, in milliseconds. */
const URGENT_EVERY_MS = 60_000;

/** Maximum delay of the first run, in milliseconds: events that are still in the journal are sealed first. */
const FIRST_RUN_MS = 60_000;

/**
 * Returns the task that applies the policy of the store at `dir` at an interval. Call it often: it checks the clock
 * itself. While the archive is busy sealing, it is postponed by at most one more interval. An urgent call, on a full
 * disk, is not postponed.
 */
export function retentionTask(
  dir: string,
  everyMs: number,
  options: PruneOptions,
  observer: RetentionObserver,
): (isBusy: boolean, isUrgent?: boolean) => Promise<void> {
  let appliedAt = -Infinity;
  let due = performance.now() + Math.min(everyMs, FIRST_RUN_MS);
  let lastTrouble = '';
  const tellTrouble = (trouble: string): void => {
    if (trouble !== '' && trouble !== lastTrouble) observer.trouble(trouble);
    lastTrouble = trouble;
  };
  return async (isBusy, isUrgent = false) => {
    const now = performance.now();
    const late = now - due;
    const isDue = isUrgent ? now - appliedAt > URGENT_EVERY_MS : late >= 0 && (!isBusy || late >= everyMs);
    if (!isDue) return;
    appliedAt = now;
    due = now + everyMs;
    try {
      const policy = readPolicy(dir);
      const applied = policy && (await applyPolicy(dir, policy, options));
      const trouble = applied && tell(policy, applied, observer);
      if (applied && applied.unsent.length > 0) observer.lost?.();
      tellTrouble(trouble ?? '');
    } catch (error) {
      if (options.signal.aborted) return;
      tellTrouble(`cannot apply the retention policy, retrying: ${messageOf(error)}`);
    }
  };
}

/** Reports the removals to the observer. Returns the problem, or an empty text. */
function tell(policy: RetentionPolicy, applied: Applied, observer: RetentionObserver): string {
  const done = [applied.pruned, applied.cut].filter(part => part !== undefined);
  const events = done.reduce((sum, part) => sum + part.events, 0);
  const bytes = done.reduce((sum, { diskBefore, diskAfter }) => sum + Math.max(0, diskBefore - diskAfter), 0);
  if (events > 0) observer.removed(events, bytes, removedText(applied, events, bytes));
  const damaged = (applied.pruned?.leftOut ?? []).map(
    ({ segment, problem }) => `nothing was removed from the damaged segment ${segment.file} (${problem})`,
  );
  return [...damaged, sizeTrouble(policy, applied) ?? []].flat().join('; ');
}

function removedText({ plan, pruned, cut }: Applied, events: number, bytes: number): string {
  const count = (of: number): string => `${of.toLocaleString('en-US')} ${of === 1 ? 'event' : 'events'}`;
  const old = (pruned ? (plan?.types ?? []) : []).filter(({ removed }) => removed.events > 0);
  const parts = [
    ...old.map(({ type, removed }) => `${removed.events.toLocaleString('en-US')} of ${type}`),
    ...(cut ? [`${cut.events.toLocaleString('en-US')} for --max-size`] : []),
  ];
  return `retention removed ${count(events)} (${parts.join(', ')}); the disk got back ${prettyBytes(bytes)}`;
}

/**
 * The reason why a store is larger than its policy allows, as a sentence without a period; undefined when it is not.
 */
export function sizeTrouble({ maxSize }: RetentionPolicy, { size, cut }: Applied): string | undefined {
  const now = cut?.diskAfter ?? size?.size ?? 0;
  if (maxSize === undefined || now <= maxSize || cut?.isHeld === true) return undefined;
  if (!cut && (size?.events ?? 0) > 0) return undefined;
  return `the newest day alone takes ${prettyBytes(now)}, more than the ${prettyBytes(maxSize)} of --max-size: it is kept`;
}
