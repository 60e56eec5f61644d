import type { DuckDBConnection } from '@duckdb/node-api';
import { bindParameters, type Parameters } from './parameters.js';

/** A node of a plan as EXPLAIN (FORMAT JSON) prints it. */
interface PlanNode {
  readonly children?: readonly PlanNode[];
  readonly extra_info?: { readonly Function?: string; readonly Projections?: string | readonly string[] };
}

/**
 * The columns of a table function that the plan of a statement reads.
 * @param sql a statement that binds; an EXPLAIN has to be left off.
 */
export async function neededColumns(
  connection: DuckDBConnection,
  tableFunction: string,
  sql: string,
  parameters: Parameters,
): Promise<Set<string>> {
  const statement = await connection.prepare(`explain (format json)\n${sql}`);
  try {
    bindParameters(statement, parameters);
    const rows = (await statement.runAndReadAll()).getRows();
    const needed = new Set<string>();
    for (const [, plan] of rows) collect(JSON.parse(plan as string) as PlanNode[], tableFunction.toUpperCase(), needed);
    return needed;
  } finally {
    statement.destroySync();
  }
}

function collect(nodes: readonly PlanNode[], tableFunction: string, needed: Set<string>): void {
  for (const { children = [], extra_info: info } of nodes) {
    if (info?.Function === tableFunction) [info.Projections ?? []].flat().forEach(name => needed.add(name));
    collect(children, tableFunction, needed);
  }
}
