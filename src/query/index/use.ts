import type { Attribute, ComputedColumn } from '../../core/attribute.js';
import { candidatesAmong } from '../../store/sql/candidates.js';
import { coreColumn } from '../../store/sql/core-columns.js';
import { quoteName, quoteText } from '../../store/sql/text.js';
import type { UserIndex } from '../../store/catalog/user-indexes.js';
import { indexTerm } from './terms.js';
import type { PlanNode } from '../plan/scanned-columns.js';
import { whereSql } from './where.js';
import { journalConditions } from '../plan/conditions.js';

/** The indexes that a query's scans of the journal read by. */
export interface IndexUse {
  /** SQL over the journal's rows: true at least for those that the query needs. */
  readonly condition: string;
  readonly indexes: readonly UserIndex[];
}

/** A core column that is read from one attribute alone, so that an index on the attribute serves it. */
export interface IndexedCoreColumn {
  readonly name: ComputedColumn;
  readonly attribute: Attribute;
  /** The text that DuckDB prints in a plan for the column's value. */
  readonly printed: string;
}

/** Core columns whose text is that of one key, whatever path the key has. */
const TEXT_COLUMNS: readonly ComputedColumn[] = ['name', 'message', 'service', 'trace_id', 'span_id', 'parent_span_id'];

/** True for a core column that the index of an attribute can serve. @param name in any case */
export function servesCoreColumn(name: string): boolean {
  return TEXT_COLUMNS.some(column => column === name.toLowerCase());
}

/** Returns the core columns of a statement that an index on one attribute serves. */
export function servedByIndex(
  needed: readonly ComputedColumn[],
  indexes: readonly UserIndex[],
  attributes: readonly Attribute[],
): Pick<IndexedCoreColumn, 'name' | 'attribute'>[] {
  const find = candidatesAmong(attributes);
  return TEXT_COLUMNS.filter(name => needed.includes(name)).flatMap(name => {
    const places = coreColumn(name, find).candidates.filter(({ path }) => path.length > 0);
    const [only] = places;
    const index = indexes.find(
      ({ path }) => places.length === 1 && JSON.stringify(path) === JSON.stringify(only?.path),
    );
    const attribute = attributes.find(known => known.name === index?.attribute);
    return attribute ? [{ name, attribute }] : [];
  });
}

/** A text that queries do not compare with. */
const PROBE = 'a probe of telemetry';

/** SQL whose plan shows what DuckDB prints for the value of a core column. */
export function probeOf(name: ComputedColumn): string {
  return `select id from events where ${quoteName(name)} = ${quoteText(PROBE)}`;
}

/** Returns the text of the value in a plan of {@link probeOf}. */
export function printedIn(plan: readonly PlanNode[]): string | undefined {
  const end = ` = ${quoteText(PROBE)})`;
  const condition = journalConditions(plan, true)
    .flat()
    .find(text => text.endsWith(end));
  return condition?.slice(1, -end.length);
}

/** The indexes that help a query with this plan; undefined when some scan needs more rows than they find. */
export function indexUse(
  sql: string,
  plan: readonly PlanNode[],
  indexes: readonly UserIndex[],
  attributes: readonly Attribute[],
  core: readonly IndexedCoreColumn[] = [],
): IndexUse | undefined {
  // A query that names `payload` may mean a column that it defined; one that does not name it has the view's.
  const namesPayload = /payload/i.test(sql);
  const scans = journalConditions(plan, !namesPayload).map(conditions => useOf(conditions, indexes, attributes, core));
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
  core: readonly IndexedCoreColumn[],
): IndexUse | undefined {
  for (const index of indexes) {
    const attribute = attributes.find(({ name }) => name.toLowerCase() === index.attribute.toLowerCase());
    if (!attribute || JSON.stringify(attribute.paths) !== JSON.stringify([index.path])) continue;
    if (!index.whereConditions.every(condition => conditions.includes(condition))) continue;
    // Values of other kinds have come since the index was made: it lacks rows that meet its condition now.
    if (index.whereSql !== undefined && whereSql(index.whereConditions, attributes) !== index.whereSql) continue;
    const printed = core.filter(column => column.attribute === attribute).map(column => column.printed);
    const terms = conditions.flatMap(condition =>
      [indexTerm(condition, attribute), ...printed.map(value => indexTerm(condition, attribute, value))].filter(
        term => term !== undefined,
      ),
    );
    if (terms.length === 0) continue;
    const all = index.whereSql === undefined ? terms : [...terms, index.whereSql];
    return { condition: all.join(' and '), indexes: [index] };
  }
  return undefined;
}
