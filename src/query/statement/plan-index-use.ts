import type { DuckDBConnection } from '@duckdb/node-api';
import type { Attribute, ComputedColumn } from '../../core/attribute.js';
import type { UserIndex } from '../../store/catalog/user-indexes.js';
import { planOf, type PlanNode } from '../plan/scanned-columns.js';
import type { Parameters } from '../sql/parameters.js';
import { withoutExplain } from '../sql/statements.js';
import { indexUse, printedIn, probeOf, servedByIndex, type IndexedCoreColumn, type IndexUse } from '../index/use.js';

/**
 * Plans a statement and returns the use it can make of indexes; undefined when some scan needs more rows than they find.
 * @param core the core columns that the statement names
 */
export async function planIndexUse(
  connection: DuckDBConnection,
  sql: string,
  parameters: Parameters,
  core: readonly ComputedColumn[],
  { indexes, attributes }: { indexes: readonly UserIndex[]; attributes: readonly Attribute[] },
): Promise<IndexUse | undefined> {
  let plan: PlanNode[] = [];
  try {
    if (indexes.length > 0) plan = await planOf(connection, withoutExplain(sql), parameters);
  } catch {
    // A statement that has no plan (SHOW) reads no event; any other mistake shows when it is run.
  }
  const served: IndexedCoreColumn[] = [];
  for (const { name, attribute } of servedByIndex(core, indexes, attributes)) {
    const printed = printedIn(await planOf(connection, probeOf(name), {}));
    if (printed !== undefined) served.push({ name, attribute, printed });
  }
  return indexUse(sql, plan, indexes, attributes, served);
}
