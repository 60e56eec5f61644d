import { durationText } from '../../../core/duration.js';
import type { Applied } from '../../../retention/apply.js';
import type { SizePlan } from '../../../retention/max-size.js';
import { agesText, type RetentionPolicy } from '../../../retention/policy.js';
import type { Pruned } from '../../../retention/prune.js';
import { counted } from '../../count.js';
import { doneJson, outcome, sizeOf } from '../prune/report.js';

/** The policy as one would set it. */
export function policyText(policy: RetentionPolicy | undefined): string {
  if (!policy) return 'no retention policy: every event is kept\n';
  const { ages, maxSize, by } = policy;
  const lines = Object.entries(ages).map(
    ([type, age]) => `${type === '*' ? 'all other types' : type}: ${durationText(age)}\n`,
  );
  const basis = by === 'time' ? 'their own time' : 'when they were received';
  if (lines.length > 0) lines.push(`ages are told by ${basis}\n`);
  if (maxSize !== undefined) lines.push(`the store takes at most ${sizeOf(maxSize)}\n`);
  return lines.join('');
}

/** The same for a program: `ages` as `set` takes them, sizes in bytes; null when there is no policy. */
export function policyJson(policy: RetentionPolicy | undefined): string {
  if (!policy) return 'null\n';
  return `${JSON.stringify({ ages: agesText(policy), by: policy.by, max_size: policy.maxSize ?? null })}\n`;
}

/** What became of the size, as a sentence. */
export function cutText({ maxSize = 0 }: RetentionPolicy, size: SizePlan, cut: Pruned | undefined): string {
  if (cut) return `for --max-size: ${outcome(cut, { events: size.events, bytes: 0 })}`;
  if (size.events === 0) return `the store takes ${sizeOf(size.size)} of ${sizeOf(maxSize)}`;
  return `the store takes ${sizeOf(size.size)} of ${sizeOf(maxSize)}: the oldest ${counted(size.events, 'event')} would go`;
}

/** What was done, or would be, for a program. */
export function appliedJson({ plan, pruned, size, cut }: Applied, isDryRun: boolean): string {
  return `${JSON.stringify({
    dry_run: isDryRun,
    types: plan?.types ?? [],
    plan: plan ? { removed: plan.removed, kept: plan.kept } : null,
    done: pruned ? doneJson(pruned) : null,
    max_size: size ? { size: size.size, segments: size.segments.length, events: size.events } : null,
    cut: cut ? doneJson(cut) : null,
  })}\n`;
}
