import { isNode, type SyntaxNode } from './syntax.js';

/** Returns the names of the columns of a FROM clause, in lower case; undefined for one that does not bind by itself. */
export type ColumnsOfFrom = (from: unknown, ctes: readonly unknown[]) => Promise<ReadonlySet<string> | undefined>;

/** Expressions by the name of their alias, in lower case. */
type Aliases = ReadonlyMap<string, SyntaxNode>;

const NONE: Aliases = new Map();

/** Clauses in which DuckDB takes a name for an alias of the SELECT list when no column has it. */
const CLAUSES_WITH_ALIASES = ['where_clause', 'group_expressions', 'having', 'qualify'];

/**
 * Replaces the aliases that clauses of a query name by their expressions. DuckDB prefers a column to an alias, so the
 * meaning of `group by hour` changes with the first event that has an attribute called `hour`.
 */
export async function expandAliases(node: SyntaxNode, columnsOf: ColumnsOfFrom): Promise<SyntaxNode> {
  return (await expanded(node, NONE, [], columnsOf)) as SyntaxNode;
}

async function expanded(
  value: unknown,
  aliases: Aliases,
  ctes: readonly unknown[],
  columnsOf: ColumnsOfFrom,
): Promise<unknown> {
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    for (const item of value) items.push(await expanded(item, aliases, ctes, columnsOf));
    return items;
  }
  if (!isNode(value)) return value;
  if (value.type === 'SELECT_NODE') return expandedSelect(value, ctes, columnsOf);
  const replacement = replacementFor(value, aliases);
  if (replacement) return replacement;
  const inner = value.class === 'LAMBDA' ? withoutParameters(aliases, value.lhs) : aliases;
  return mapped(value, (_, part) => expanded(part, inner, ctes, columnsOf));
}

async function expandedSelect(
  node: SyntaxNode,
  outer: readonly unknown[],
  columnsOf: ColumnsOfFrom,
): Promise<SyntaxNode> {
  const own = (node.cte_map as { map?: unknown[] } | undefined)?.map ?? [];
  const ctes = [...outer, ...own];
  const columns = await columnsOf(node.from_table, ctes);
  const aliases = new Map<string, SyntaxNode>();
  const list: unknown[] = [];
  for (const item of node.select_list as SyntaxNode[]) {
    const expression = (await expanded(item, aliases, ctes, columnsOf)) as SyntaxNode;
    // The name of an earlier alias stays the name of this column.
    const name = item.alias === '' ? nameOf(item) : undefined;
    list.push(name !== undefined && aliases.has(name.toLowerCase()) ? { ...expression, alias: name } : expression);
    const alias = typeof item.alias === 'string' ? item.alias.toLowerCase() : '';
    if (alias !== '' && columns && !columns.has(alias) && !aliases.has(alias)) aliases.set(alias, expression);
  }
  return mapped({ ...node, select_list: list }, (key, part) => {
    if (key === 'select_list') return Promise.resolve(part);
    return expanded(part, CLAUSES_WITH_ALIASES.includes(key) ? aliases : NONE, ctes, columnsOf);
  });
}

function replacementFor(node: SyntaxNode, aliases: Aliases): SyntaxNode | undefined {
  const name = nameOf(node);
  const expression = name === undefined ? undefined : aliases.get(name.toLowerCase());
  return expression && { ...expression, alias: node.alias };
}

/** The name of a column without a table's name before it. */
function nameOf({ type, column_names: names }: SyntaxNode): string | undefined {
  return type === 'COLUMN_REF' && Array.isArray(names) && names.length === 1 ? String(names[0]) : undefined;
}

/** The aliases that the parameters of a lambda do not hide. */
function withoutParameters(aliases: Aliases, lhs: unknown): Aliases {
  const { children = [] } = (isNode(lhs) ? lhs : {}) as { children?: SyntaxNode[] };
  const hidden = [lhs as SyntaxNode, ...children].map(node => nameOf(node)?.toLowerCase());
  return new Map([...aliases].filter(([name]) => !hidden.includes(name)));
}

async function mapped(node: SyntaxNode, change: (key: string, part: unknown) => Promise<unknown>): Promise<SyntaxNode> {
  const entries: [string, unknown][] = [];
  for (const [key, part] of Object.entries(node)) entries.push([key, await change(key, part)]);
  return Object.fromEntries(entries);
}
