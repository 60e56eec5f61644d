import { durationText } from '../../core/duration.js';
import { DEFAULTS, type AlertRule, type Limit } from './rule.js';

/** The condition of a rule in one line, for lists. */
export function conditionText({ condition, fields }: AlertRule): string {
  if (fields.metric !== undefined) {
    const {
      metric,
      aggregate = 'avg',
      op = '>',
      threshold,
      window = DEFAULTS.window,
    } = fields as Record<string, string>;
    return `${aggregate}(${metric}) ${op} ${threshold} over ${window}`;
  }
  if (fields.event !== undefined) {
    const { event, more_than: more = '0', window = DEFAULTS.window } = fields as Record<string, string>;
    return `more than ${more} of ${event} in ${window}`;
  }
  const sql = condition.sql.replace(/\s+/g, ' ');
  if (condition.kind === 'rows') return sql;
  if (condition.kind === 'absent') return `absent: ${sql}`;
  return `${sql} ${condition.limits.map(limitText).join(' or ')}`;
}

/** `> 10`. */
export function limitText({ op, threshold }: Limit): string {
  return `${op} ${threshold}`;
}

/** The timing of a rule in one line, such as `every 30s, for 1m`. */
export function timingText({ every, for: lasting, keepFiring, cooldown }: AlertRule): string {
  const parts: [string, number][] = [
    ['every', every],
    ['for', lasting],
    ['keep firing', keepFiring],
    ['cooldown', cooldown],
  ];
  return parts
    .filter(([, ms]) => ms > 0)
    .map(([name, ms]) => `${name} ${durationText(ms)}`)
    .join(', ');
}
