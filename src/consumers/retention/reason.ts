import { durationText } from '../../core/duration.js';
import type { Survivors } from './plan.js';
import type { RetentionRule } from './rule.js';

const number = new Intl.NumberFormat('en-US');

/**
 * The reason why a rule removes nothing, as a sentence without a period: `12,031 non-metric events are younger than
 * 14d`.
 */
export function reasonForNothing(rule: RetentionRule, { all, notKept, matching }: Survivors): string {
  if (all === 0) return 'the store has no events';
  if (notKept === 0) return `${allOf(all)} of type ${rule.keep.join(' or ')}`;
  if (matching === 0) return `--where is true for none of the ${described(notKept, rule.keep)}`;
  const which = rule.where === undefined ? '' : ' for which --where is true';
  const age = rule.by === 'time' ? 'happened less ago than' : `${matching === 1 ? 'is' : 'are'} younger than`;
  return `${described(matching, rule.keep)}${which} ${age} ${durationText(rule.olderThan ?? 0)}`;
}

function allOf(count: number): string {
  return count === 1 ? 'the one event is' : `all ${number.format(count)} events are`;
}

function described(count: number, keep: readonly string[]): string {
  const noun = count === 1 ? 'event' : 'events';
  if (keep.length > 1) return `${number.format(count)} ${noun} of types other than ${keep.join(', ')}`;
  return `${number.format(count)} ${keep.length === 1 ? `non-${keep[0]!} ` : ''}${noun}`;
}
