import type { DuckDBConnection } from '@duckdb/node-api';
import { bindParameters, withTypes, type Parameters } from '../sql/parameters.js';

/** The columns that a plan reads, by the name of their table function. */
export type NeededColumns = ReadonlyMap<string, ReadonlySet<string>>;

/** A node of a plan as EXPLAIN (FORMAT JSON) prints it. */
export interface PlanNode {
  readonly name?: string;
  readonly children?: readonly PlanNode[];
  readonly extra_info?: {
    readonly Function?: string;
    readonly Projections?: string | readonly string[];
    readonly Expression?: string | readonly string[];
  };
}

/**
 * The columns that the plan of a statement reads, by the upper-case name of their table function.
 * @param sql a statement that binds, without EXPLAIN.
 */
export async function neededColumns(
  connection: DuckDBConnection,
  sql: string,
  parameters: Parameters,
): Promise<Map<string, Set<string>>> {
  const needed = new Map<string, Set<string>>();
  collect(await planOf(connection, sql, parameters), needed);
  return needed;
}

/** The plan of a statement that binds. */
export async function planOf(connection: DuckDBConnection, sql: string, parameters: Parameters): Promise<PlanNode[]> {
  const explained = `explain (format json)\n${sql}`;
  const statement = await connection.prepare(explained);
  try {
    bindParameters(statement, await withTypes(connection, explained, statement, parameters));
    const rows = (await statement.runAndReadAll()).getRows();
    return rows.flatMap(([, plan]) => JSON.parse(plan as string) as PlanNode[]);
  } finally {
    statement.destroySync();
  }
}

function collect(nodes: readonly PlanNode[], needed: Map<string, Set<string>>): void {
  for (const { children = [], extra_info: info } of nodes) {
    if (info?.Function !== undefined) {
      const columns = needed.get(info.Function) ?? new Set();
      needed.set(info.Function, columns);
      [info.Projections ?? []].flat().forEach(name => columns.add(name));
    }
    collect(children, needed);
  }
}
