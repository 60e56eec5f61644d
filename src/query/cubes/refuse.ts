import { TelemetryError } from '../../core/errors.js';
import { nodesIn, type SyntaxNode } from './syntax.js';

/** The functions of DuckDB by what a cube has to know of them, in lower case. */
export interface FunctionKinds {
  readonly aggregates: ReadonlySet<string>;
  /** Those whose results differ between two calls with the same arguments. */
  readonly changing: ReadonlySet<string>;
}

/** SQL for {@link FunctionKinds}: a name, and true for a changing function. */
export const FUNCTION_KINDS_SQL = `
  select distinct lower(function_name), stability in ('VOLATILE', 'CONSISTENT_WITHIN_QUERY') and lower(function_name) <> 'error'
  from duckdb_functions()
  where function_type = 'aggregate' or stability in ('VOLATILE', 'CONSISTENT_WITHIN_QUERY')`;

/** Aggregates of ours (query/sql/percentiles.ts). */
const OWN_AGGREGATES = ['p50', 'p90', 'p95', 'p99'];

/** Changing functions that DuckDB calls consistent, or that are written without brackets. */
const MORE_CHANGING = [
  'reservoir_quantile',
  'current_timestamp',
  'current_time',
  'localtime',
  'localtimestamp',
  'current_localtime',
  'current_localtimestamp',
  'get_current_time',
  // A macro, which the syntax tree does not expand.
  'ago',
];

/** The kinds as the rows of {@link FUNCTION_KINDS_SQL} say. */
export function functionKinds(rows: readonly (readonly (string | null)[])[]): FunctionKinds {
  const names = (isChanging: boolean): string[] =>
    rows.flatMap(([name, changing]) => ((changing === 'true') === isChanging ? [name ?? ''] : []));
  return {
    aggregates: new Set([...names(false), ...OWN_AGGREGATES]),
    changing: new Set([...names(true), ...MORE_CHANGING]),
  };
}

/** Aggregates whose result depends on the order of the rows. */
const ORDERED = new Set([
  'first',
  'last',
  'any_value',
  'arbitrary',
  'list',
  'array_agg',
  'string_agg',
  'group_concat',
  'listagg',
  'json_group_array',
  'json_group_object',
  'json_group_structure',
]);

/** True for a call of an aggregate whose result depends on the order of the rows. */
export function isOrderedAggregate({ class: kind, function_name: called }: SyntaxNode): boolean {
  return kind === 'FUNCTION' && ORDERED.has(String(called).toLowerCase());
}

/**
 * Refuses a query that gives other rows when it runs again over the same events.
 * @throws TelemetryError `usage`.
 */
export function refuseUnsteady(node: SyntaxNode, kinds: FunctionKinds): void {
  for (const { type, class: kind, function_name: called, order_bys: order, children, column_names: names } of nodesIn(
    node,
  )) {
    const name = typeof called === 'string' ? called.toLowerCase() : '';
    if (kind === 'FUNCTION') {
      if (kinds.changing.has(name) || (name === 'age' && (children as unknown[]).length === 1)) throw changing(name);
      const { orders = [] } = (order ?? {}) as { orders?: unknown[] };
      if (ORDERED.has(name) && orders.length === 0) throw unordered(name);
    }
    if (type === 'COLUMN_REF' && Array.isArray(names) && names.length === 1) {
      const column = String(names[0]).toLowerCase();
      if (kinds.changing.has(column) && /^(?:current_|local)/.test(column)) throw changing(column);
    }
  }
}

/** True for a query that {@link refuseUnsteady} refuses. */
export function isUnsteady(node: SyntaxNode, kinds: FunctionKinds): boolean {
  try {
    refuseUnsteady(node, kinds);
    return false;
  } catch (error) {
    if (error instanceof TelemetryError) return true;
    throw error;
  }
}

/** Refuses a query without groups and aggregates. @throws TelemetryError `usage`. */
export function refusePlain(node: SyntaxNode, kinds: FunctionKinds): void {
  if (callsAggregate(node, kinds) || hasGroups(node)) return;
  throw new TelemetryError('usage', 'the query of a cube has to aggregate: this one has no aggregate function', {
    remedy: 'Add one, such as count(*), with GROUP BY. For a name for a plain query: telemetry view create.',
  });
}

/** True when an expression or a query calls an aggregate function. */
export function callsAggregate(node: SyntaxNode, { aggregates }: FunctionKinds): boolean {
  return [...nodesIn(node)].some(
    ({ class: kind, function_name: called }) => kind === 'FUNCTION' && aggregates.has(String(called).toLowerCase()),
  );
}

/** True when a query has GROUP BY. */
export function hasGroups(node: SyntaxNode): boolean {
  return [...nodesIn(node)].some(({ group_expressions: groups }) => Array.isArray(groups) && groups.length > 0);
}

function changing(name: string): TelemetryError {
  return new TelemetryError(
    'usage',
    `the query of a cube cannot call ${name}: its result changes while the events do not`,
    {
      remedy: `Leave it out here, and ask for it of the cube: select * from NAME where ....`,
    },
  );
}

function unordered(name: string): TelemetryError {
  return new TelemetryError('usage', `${name}() depends on the order of the events, which is not fixed`, {
    remedy: name.startsWith('json_group_')
      ? 'Write to_json(list(x order by time, id)).'
      : `Give it an order: ${name}(x order by time, id).`,
  });
}
