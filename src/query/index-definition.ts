import { isCoreColumn } from '../core/attribute.js';
import { TelemetryError } from '../core/errors.js';
import { isIndexable, type NewIndex } from '../store/catalog/user-indexes.js';
import { canUseIndex } from './index/terms.js';
import { servesCoreColumn } from './index/use.js';
import { comparedType, whereSql } from './index/where.js';
import type { PlanNode } from './plan/scanned-columns.js';
import { journalConditions } from './plan/conditions.js';
import { bindPredicate } from './predicate.js';
import { rowsOf } from './result/rows.js';
import type { Session } from './session.js';

/**
 * Checks an attribute and a condition, and returns the index to create on them.
 * @throws TelemetryError `usage` for an attribute that cannot be indexed; `sql` for a condition that does not bind.
 */
export async function defineIndex(session: Session, name: string, where: string | undefined): Promise<NewIndex> {
  if (isCoreColumn(name) && !servesCoreColumn(name)) {
    throw new TelemetryError('usage', `the column ${name} cannot be indexed: it is not the value of one key`, {
      remedy: 'Index a key of the payload.',
    });
  }
  const attribute = session.registered.find(known => known.name.toLowerCase() === name.toLowerCase());
  if (!attribute) {
    throw new TelemetryError('usage', `no event has the attribute ${name}`, {
      remedy: '`telemetry schema` prints the attributes.',
    });
  }
  if (!canUseIndex(attribute) || !isIndexable(attribute.paths[0]!)) {
    throw new TelemetryError(
      'usage',
      `${name} cannot be indexed: it has several spellings, or holds objects or arrays`,
      {
        remedy: 'Index an attribute that is one key with single values.',
      },
    );
  }
  const conditions = where === undefined ? [] : await conditionsOf(session, where);
  const sql = whereSql(conditions, session.registered);
  if (where !== undefined && (sql === undefined || !(await areTypes(session, conditions)))) {
    throw new TelemetryError('usage', `--where cannot be that of an index: ${where}`, {
      remedy: `Compare attributes, or type, with constants: level = 'ERROR' and type = 'log'.`,
    });
  }
  return {
    attribute: attribute.name,
    path: attribute.paths[0]!,
    where,
    whereSql: sql,
    whereConditions: conditions,
  };
}

/** The conditions of `where`, separately, as a plan prints them. */
async function conditionsOf(session: Session, where: string): Promise<readonly string[]> {
  const { missing } = await bindPredicate(session, where, '--where');
  if (missing.length > 0) {
    throw new TelemetryError('usage', `--where: no event has "${missing[0]!.name}"`, {
      remedy: '`telemetry schema` prints the attributes.',
    });
  }
  return printed(session, where);
}

async function printed(session: Session, where: string): Promise<readonly string[]> {
  const rows = await rowsOf(await session.query(`explain (format json) select id from events where (\n${where}\n)`));
  const plan = rows.flatMap(([, text]) => JSON.parse(text ?? '[]') as PlanNode[]);
  return journalConditions(plan, true)[0] ?? [];
}

/**
 * True when the conditions that look like ones on the type are such: a condition on the type has to print the same in a
 * plan.
 */
async function areTypes(session: Session, conditions: readonly string[]): Promise<boolean> {
  for (const condition of conditions) {
    const type = comparedType(condition);
    if (type !== undefined && !(await printed(session, `type = ${type}`)).includes(condition)) return false;
  }
  return true;
}
