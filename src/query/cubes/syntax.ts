import { TelemetryError } from '../../core/errors.js';
import { quoteText } from '../../store/sql/text.js';

/** A node of DuckDB's syntax tree, as `json_serialize_sql` writes it. */
export type SyntaxNode = Record<string, unknown>;

/** Runs a query and returns its only value. */
export type AskText = (sql: string) => Promise<string>;

/** Integers of 16 digits or more may be past 2^53: they stay texts, in a string that starts with {@link LONG}. */
const LONG_INTEGER = /(?<!\\)":(-?\d{16,})(?=[,}\]])/g;
const LONG = '\u0001integer:';

/**
 * The syntax tree of one SELECT statement.
 * @throws TelemetryError `sql` when it is not one.
 */
export async function parseSelect(ask: AskText, sql: string): Promise<SyntaxNode> {
  const json = await ask(`select json_serialize_sql(${quoteText(sql)})::varchar`);
  const tree = JSON.parse(json.replace(LONG_INTEGER, (_, digits: string) => `":${JSON.stringify(LONG + digits)}`)) as {
    error: boolean;
    error_message?: string;
    statements?: { node: SyntaxNode }[];
  };
  const [first, ...more] = tree.statements ?? [];
  if (tree.error || !first || more.length > 0) {
    const reason = tree.error ? (tree.error_message ?? 'it does not parse') : 'it is not one statement';
    throw new TelemetryError('sql', `--sql is not a SELECT statement: ${reason}`);
  }
  return first.node;
}

/** The SQL text of a SELECT's tree. */
export function selectText(ask: AskText, node: SyntaxNode): Promise<string> {
  const json = JSON.stringify({ error: false, statements: [{ node, named_param_map: [] }] });
  const restored = json.replace(/"\\u0001integer:(-?\d+)"/g, '$1');
  return ask(`select json_deserialize_sql(${quoteText(restored)}::json)`);
}

/** The node and all nodes within it. */
export function* nodesIn(value: unknown): Generator<SyntaxNode> {
  if (Array.isArray(value)) {
    for (const item of value) yield* nodesIn(item);
  } else if (typeof value === 'object' && value !== null) {
    yield value as SyntaxNode;
    for (const inner of Object.values(value)) yield* nodesIn(inner);
  }
}

/** True when two expressions are the same, their places and aliases aside. */
export function isSameExpression(a: unknown, b: unknown): boolean {
  return bare(a) === bare(b);
}

function bare(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) =>
    key === 'query_location' || key === 'alias' ? undefined : inner,
  );
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Names of tables that a statement reads, without those of CTEs, in lower case. */
export function tablesOf(node: SyntaxNode): string[] {
  const ctes = new Set(
    [...nodesIn(node)].flatMap(({ cte_map: map }) =>
      ((map as { map?: { key: string }[] } | undefined)?.map ?? []).map(({ key }) => key.toLowerCase()),
    ),
  );
  const names = [...nodesIn(node)].flatMap(({ type, table_name: name }) =>
    type === 'BASE_TABLE' && typeof name === 'string' ? [name.toLowerCase()] : [],
  );
  return [...new Set(names)].filter(name => !ctes.has(name));
}
