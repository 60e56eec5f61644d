import prettyBytes from 'pretty-bytes';
import type { Result, Row } from '../../../core/result.js';
import type { Amount } from '../../../consumers/retention/count.js';
import type { PrunePlan } from '../../../consumers/retention/plan.js';
import type { Pruned } from '../../../consumers/retention/prune.js';
import type { UnsentEvents } from '../../../consumers/retention/unsent.js';
import { counted } from '../../shared/count.js';
import { eventsText } from '../../shared/remote-text.js';

const number = new Intl.NumberFormat('en-US');

export function sizeOf(bytes: number): string {
  return prettyBytes(bytes);
}

/** The plan as a table: a row per type and a total. */
export function planTable({ types, removed, kept }: PrunePlan): Result {
  const amount = ({ events, bytes }: Amount): Row => [number.format(events), sizeOf(bytes)];
  const rows = [...types, { type: 'total', removed, kept }].map(row => [
    row.type,
    ...amount(row.removed),
    ...amount(row.kept),
  ]);
  return {
    columns: ['type', 'remove', 'bytes', 'keep', 'bytes'].map((name, i) => ({
      name,
      type: 'VARCHAR',
      kind: i === 0 ? 'text' : 'number',
    })),
    batches: (async function* () {
      yield await Promise.resolve(rows);
    })(),
  };
}

/** The result of a prune, in lines that fit a terminal. */
export function outcome(pruned: Pruned, planned: Amount): string {
  const { events, isComplete, isHeld, diskBefore, diskAfter } = pruned;
  const removed = isComplete
    ? `removed ${counted(events, 'event')}`
    : `stopped after ${number.format(events)} of ${counted(planned.events, 'event')}; run it again to remove the rest`;
  const sizes = `the store went from ${sizeOf(diskBefore)} to ${sizeOf(diskAfter)}`;
  const back =
    diskAfter < diskBefore
      ? `the disk got back ${sizeOf(diskBefore - diskAfter)}: ${sizes}`
      : `the disk got nothing back: ${sizes}`;
  const later = !isHeld ? '' : '\nmore space is freed once running queries end';
  return `${removed}\n${back}${later}`;
}

/** The plan and the result, for programs. Bytes are payload bytes; `disk` is measured. */
export function pruneJson(plan: PrunePlan, details: { dryRun: boolean; reason?: string; pruned?: Pruned }) {
  const { types, removed, kept } = plan;
  const { dryRun, reason, pruned } = details;
  const done = pruned && doneJson(pruned);
  return { dry_run: dryRun, types, plan: { removed, kept }, reason, done };
}

/** The result of a prune, for programs. */
export function doneJson({ events, streams, isComplete, isHeld, leftOut, diskBefore, diskAfter }: Pruned) {
  return {
    removed_events: events,
    removed_streams: streams,
    complete: isComplete,
    more_later: isHeld,
    damaged: leftOut.map(({ segment, problem }) => ({ file: segment.file, events: segment.events, problem })),
    disk: { before: diskBefore, after: diskAfter, freed: diskBefore - diskAfter },
  };
}

/** The events of a removal that a remote has not received, in words. */
export function unsentText({ remote, events, firstId, lastId }: UnsentEvents): string {
  return `the remote ${remote} has not received ${eventsText({ events, firstId, lastId })}`;
}

/** The events that were removed before a remote received them, in words. */
export function lostText({ remote, events, firstId, lastId }: UnsentEvents): string {
  return `removed ${eventsText({ events, firstId, lastId })} before the remote ${remote} received ${events === 1 ? 'it' : 'them'}`;
}

/** The same for programs. */
export function unsentJson({ remote, events, firstId, lastId }: UnsentEvents): Record<string, unknown> {
  return { remote, events, first_id: firstId, last_id: lastId };
}
