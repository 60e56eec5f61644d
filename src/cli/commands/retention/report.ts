import { durationText } from '../../../core/duration.js';
import type { Applied } from '../../../consumers/retention/apply.js';
import type { SizePlan } from '../../../consumers/retention/max-size.js';
import { agesText, type PolicyChange, type RetentionPolicy } from '../../../consumers/retention/policy.js';
import type { Pruned } from '../../../consumers/retention/prune.js';
import { counted } from '../../shared/count.js';
import { impactJson } from '../prune/cubes.js';
import { doneJson, outcome, sizeOf, unsentJson } from '../prune/report.js';

/** The policy as text. */
export function policyText(policy: RetentionPolicy | undefined): string {
  return changeText({ before: undefined, after: policy });
}

/** The policy after a change, with the previous values of the changed parts. */
export function changeText({ before, after }: PolicyChange): string {
  if (!after) return 'no retention policy: all events are kept\n';
  const types = new Set([...Object.keys(after.ages), ...Object.keys(before?.ages ?? {})]);
  const was = <T>(pick: (policy: RetentionPolicy) => T, text: (value: T) => string): string => {
    if (!before || pick(before) === pick(after)) return '';
    return ` (was ${text(pick(before))})`;
  };
  const age = (ms: number | undefined): string => (ms === undefined ? 'kept' : durationText(ms));
  const ageNow = (type: string): string =>
    after.ages[type] === undefined && after.ages['*'] !== undefined ? 'as all other types' : age(after.ages[type]);
  const lines = [...types].map(
    type =>
      `${type === '*' ? 'all other types' : type}: ${ageNow(type)}${was(({ ages }) => ages[type] ?? ages['*'], age)}\n`,
  );
  const basis = (by: RetentionPolicy['by']): string =>
    by === 'time' ? 'the time of the event' : 'when the event was received';
  if (lines.length > 0) lines.push(`ages count from ${basis(after.by)}${was(({ by }) => by, basis)}\n`);
  const size = (bytes: number | undefined): string => (bytes === undefined ? 'no limit' : sizeOf(bytes));
  const sizeBefore = was(({ maxSize }) => maxSize, size);
  if (after.maxSize !== undefined) lines.push(`the store takes at most ${sizeOf(after.maxSize)}${sizeBefore}\n`);
  else if (sizeBefore !== '') lines.push(`the store may take any size${sizeBefore}\n`);
  if (before && changesOf({ before, after }).length === 0) lines.push('nothing changed\n');
  return lines.join('');
}

/** The policy for programs: `ages` as `set` accepts them, sizes in bytes; null without a policy. */
export function policyJson(policy: RetentionPolicy | undefined) {
  return policy ? { ages: agesText(policy), by: policy.by, max_size: policy.maxSize ?? null } : null;
}

/** The policy after a change, and the changes, for programs. */
export function changeJson(change: PolicyChange) {
  const policy = policyJson(change.after);
  return policy && { ...policy, changed: changesOf(change) };
}

interface Change {
  /** A type, or `by`, `max_size`. */
  readonly what: string;
  readonly before: string | number | null;
  readonly after: string | number | null;
}

function changesOf({ before, after }: PolicyChange): Change[] {
  const age = (policy: RetentionPolicy | undefined, type: string): string | null => {
    const ms = policy?.ages[type];
    return ms === undefined ? null : durationText(ms);
  };
  const types = new Set([...Object.keys(before?.ages ?? {}), ...Object.keys(after?.ages ?? {})]);
  const changes: Change[] = [
    ...[...types].map(what => ({ what, before: age(before, what), after: age(after, what) })),
    { what: 'by', before: before?.by ?? 'received', after: after?.by ?? 'received' },
    { what: 'max_size', before: before?.maxSize ?? null, after: after?.maxSize ?? null },
  ];
  return changes.filter(change => change.before !== change.after);
}

/** The report of ages when no event is removed. @param isHeld true when events are kept for a remote. */
export function nothingText(isHeld: boolean): string {
  return `no event is too old${isHeld ? ', apart from any that wait for a remote' : ''}\n`;
}

/** The result for the maximum size, as a sentence. */
export function cutText({ maxSize = 0 }: RetentionPolicy, size: SizePlan, cut: Pruned | undefined): string {
  if (cut) return `for --max-size: ${outcome(cut, { events: size.events, bytes: 0 })}`;
  if (size.events === 0) return `the store takes ${sizeOf(size.size)} of ${sizeOf(maxSize)}`;
  return `the store takes ${sizeOf(size.size)} of ${sizeOf(maxSize)}: the oldest ${counted(size.events, 'event')} would be removed`;
}

/** The result of applying a policy, or the plan of a dry run, for programs. */
export function appliedJson({ plan, pruned, size, cut, unsent, impacts }: Applied, isDryRun: boolean) {
  return {
    dry_run: isDryRun,
    types: plan?.types ?? [],
    plan: plan ? { removed: plan.removed, kept: plan.kept } : null,
    done: pruned ? doneJson(pruned) : null,
    max_size: size ? { size: size.size, segments: size.segments.length, events: size.events } : null,
    cut: cut ? doneJson(cut) : null,
    unsent: unsent.map(unsentJson),
    ...(impacts && { cubes: impacts.map(impactJson) }),
  };
}
