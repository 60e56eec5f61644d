import type { Attribute } from '../core/attribute.js';
import type { UserIndex } from '../journal/user-indexes.js';
import { indexTerm } from './index-terms.js';
import type { PlanNode } from './needed-columns.js';
import { whereSql } from './index-where.js';
import { journalConditions } from './plan-conditions.js';

/** How the rows of a query's scans of the journal are found by index. */
export interface IndexUse {
  /** SQL over the journal's rows: true at least for those that the query needs. */
  readonly condition: string;
  readonly indexes: readonly UserIndex[];
}

/** The indexes that help a query with such a plan; undefined when some scan needs more rows than they find. */
export function indexUse(
  sql: string,
  plan: readonly PlanNode[],
  indexes: readonly UserIndex[],
  attributes: readonly Attribute[],
): IndexUse | undefined {
  // A query may call something else its payload; one that does not name it has the view's.
  const namesPayload = /payload/i.test(sql);
  const scans = journalConditions(plan, !namesPayload).map(conditions => useOf(conditions, indexes, attributes));
  const uses = scans.filter(use => use !== undefined);
  if (uses.length === 0 || uses.length < scans.length) return undefined;
  return {
    condition: uses.map(({ condition }) => `(${condition})`).join(' or '),
    indexes: [...new Set(uses.flatMap(use => use.indexes))],
  };
}

function useOf(
  conditions: readonly string[],
  indexes: readonly UserIndex[],
  attributes: readonly Attribute[],
): IndexUse | undefined {
  for (const index of indexes) {
    const attribute = attributes.find(({ name }) => name.toLowerCase() === index.attribute.toLowerCase());
    if (!attribute || JSON.stringify(attribute.paths) !== JSON.stringify([index.path])) continue;
    if (!index.whereConditions.every(condition => conditions.includes(condition))) continue;
    // With other kinds of values than there were, the index lacks rows that meet its condition now.
    if (index.whereSql !== undefined && whereSql(index.whereConditions, attributes) !== index.whereSql) continue;
    const terms = conditions.flatMap(condition => indexTerm(condition, attribute) ?? []);
    if (terms.length === 0) continue;
    const all = index.whereSql === undefined ? terms : [...terms, index.whereSql];
    return { condition: all.join(' and '), indexes: [index] };
  }
  return undefined;
}
