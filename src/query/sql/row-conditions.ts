import type { DuckDBConnection } from '@duckdb/node-api';
import { isCoreColumn } from '../../core/attribute.js';
import { textParameter, type Parameters } from './parameters.js';
import { TYPE_VIEWS } from './type-views.js';

/** A condition that each row of `events` must meet to count in a statement: it has a value, or one of some. */
export interface RowCondition {
  /** The column, as the statement writes it. */
  readonly column: string;
  /** The values that it may have; undefined for any but NULL. */
  readonly values: readonly string[] | undefined;
}

/** A node of DuckDB's syntax tree, as json_serialize_sql gives it. */
interface SyntaxNode {
  readonly type?: string;
  readonly from_table?: {
    readonly type?: string;
    readonly table_name?: string;
    readonly schema_name?: string;
    readonly column_name_alias?: readonly string[];
  };
  readonly where_clause?: SyntaxNode;
  readonly left?: SyntaxNode;
  readonly right?: SyntaxNode;
  readonly children?: readonly SyntaxNode[];
  readonly column_names?: readonly string[];
  /** The name of a parameter. */
  readonly identifier?: string;
  readonly value?: { readonly type: { readonly id: string }; readonly is_null: boolean; readonly value?: unknown };
}

interface Serialized {
  readonly statements?: readonly { readonly node: SyntaxNode }[];
}

/** A statement without a condition of this kind is not parsed twice. */
const COMPARES = /\bwhere\b[^]*(?:=|\bin\b)|\b(?:logs|spans|metrics)\b/i;

const SERIALIZE = 'select json_serialize_sql($1::varchar, skip_null := true, skip_empty := true, skip_default := true)';

/**
 * The conditions on rows of `events` in a statement that reads this view, or one of a type, once and in no subquery:
 * comparisons of a column with constants by `=` and IN that WHERE joins by AND. Empty for any other statement.
 * @param sql a statement without EXPLAIN, which need not be valid.
 */
export async function rowConditions(
  connection: DuckDBConnection,
  sql: string,
  parameters: Parameters = {},
): Promise<RowCondition[]> {
  if (!COMPARES.test(sql)) return [];
  const rows = (await connection.runAndReadAll(SERIALIZE, [sql])).getRows();
  const text = String(rows[0]?.[0]);
  // One table in the whole statement, and no name that a CTE gives a meaning.
  if (text.split('"BASE_TABLE"').length !== 2 || text.includes('"cte_map"')) return [];
  const { statements = [] } = JSON.parse(text) as Serialized;
  const node = statements.length === 1 ? statements[0]!.node : undefined;
  const { type, table_name: table = '', schema_name: schema, column_name_alias: renamed } = node?.from_table ?? {};
  if (node?.type !== 'SELECT_NODE' || type !== 'BASE_TABLE' || schema !== undefined || renamed !== undefined) return [];
  const eventType = TYPE_VIEWS.get(table.toLowerCase());
  if (eventType === undefined && table.toLowerCase() !== 'events') return [];
  const conditions = node.where_clause ? conjuncts(node.where_clause).flatMap(one => conditionOf(one, parameters)) : [];
  if (eventType === undefined) return conditions;
  // Another column of such a view can hold the values of several attributes.
  const ofCore = conditions.filter(({ column }) => isCoreColumn(column.toLowerCase()));
  return [{ column: 'type', values: [eventType] }, ...ofCore];
}

function conjuncts(node: SyntaxNode): readonly SyntaxNode[] {
  return node.type === 'CONJUNCTION_AND' ? (node.children ?? []).flatMap(conjuncts) : [node];
}

function conditionOf({ type, left, right, children = [] }: SyntaxNode, parameters: Parameters): RowCondition[] {
  if (type === 'COMPARE_EQUAL' && left && right) {
    return [...comparedWith(left, [right], parameters), ...comparedWith(right, [left], parameters)];
  }
  return type === 'COMPARE_IN' && children[0] ? comparedWith(children[0], children.slice(1), parameters) : [];
}

/** A comparison of a column with constants and parameters, which is not true for NULL. */
function comparedWith(
  { type, column_names: names = [] }: SyntaxNode,
  others: readonly SyntaxNode[],
  parameters: Parameters,
): RowCondition[] {
  const [column] = names;
  if (type !== 'COLUMN_REF' || column === undefined || names.length > 1) return [];
  if (!others.every(other => other.type === 'VALUE_CONSTANT' || other.type === 'VALUE_PARAMETER')) return [];
  const values = others.map(other => textOf(other, parameters));
  return [{ column, values: values.every(value => value !== undefined) ? values : undefined }];
}

/** The text of a constant or parameter; undefined for any other value. */
function textOf({ value, identifier }: SyntaxNode, parameters: Parameters): string | undefined {
  if (identifier !== undefined) return textParameter(parameters, identifier);
  return value?.type.id === 'VARCHAR' && typeof value.value === 'string' ? value.value : undefined;
}
