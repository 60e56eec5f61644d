import { TelemetryError } from '../../core/errors.js';
import { bindPredicate } from '../../query/predicate.js';
import { tokensOf } from '../../query/sql/split-sql.js';
import type { Session } from '../../query/session.js';
import type { Micros } from '../../core/duration.js';
import { sqlAt, withMissing } from './evaluate.js';
import type { AlertRule } from './rule.js';

/** The fields with a condition of the user, which the SQL of a rule has in parentheses. */
const CONDITIONS = ['event', 'where'] as const;

/**
 * Checks that the SQL of a rule binds in a store, that each of its conditions is one expression, and that its rows have the
 * columns of `group_by`.
 * @returns the attributes that no event has had yet, which are NULL until one has.
 * @throws TelemetryError `sql` for the first problem.
 */
export async function checkRule(session: Session, rule: AlertRule, at: Micros): Promise<readonly string[]> {
  const {
    result: { columns, parameters },
    missing,
  } = await withMissing(rule.condition, sql => session.check(sqlAt(sql, at, 0)));
  if (parameters[0] !== undefined) throw unknownParameter(parameters[0]);
  await checkConditions(session, rule, at);
  const absent = rule.groupBy?.find(name => !columns.some(column => column.toLowerCase() === name.toLowerCase()));
  if (absent === undefined) return missing;
  throw new TelemetryError('sql', `the query returns no column "${absent}" to group by`, {
    remedy: `It returns ${columns.join(', ')}.`,
  });
}

/** Checks the conditions of a rule. Attributes that no event has had are NULL. @throws TelemetryError `sql` */
export async function checkConditions(session: Session, { fields }: AlertRule, at: Micros): Promise<void> {
  for (const field of CONDITIONS) {
    const text = fields[field];
    if (typeof text !== 'string') continue;
    const sql = sqlAt(text, at, 0);
    const tokens = tokensOf(sql);
    const dollar = tokens.findIndex(token => token.text === '$');
    if (dollar >= 0) throw unknownParameter(tokens[dollar + 1]?.text ?? '');
    await bindPredicate(session, sql, field);
  }
}

function unknownParameter(name: string): TelemetryError {
  return new TelemetryError('sql', `the SQL has the parameter $${name}, which has no value`, {
    remedy: 'A rule knows $now, the instant of the evaluation, and $since, the id of the last event seen.',
  });
}
