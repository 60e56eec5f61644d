import { CONDITION, keyOf, type BucketPlan } from './definition.js';
import { isOrderedAggregate } from './refuse.js';
import { isNode, isSameExpression, nodesIn, selectText, type AskText, type SyntaxNode } from './syntax.js';

/** A plan, or the reason why a query has none. */
export type PlanOrReason = { readonly plan: BucketPlan } | { readonly reason: string };

/**
 * Returns the plan that computes single buckets of a query, where it reads one table of events and its bucket grows with
 * `time`.
 * @param bucket the name of the bucket's column, and its type.
 * @param extras further columns of {@link BucketPlan.checked}.
 */
export async function planBuckets(
  ask: AskText,
  node: SyntaxNode,
  bucket: { readonly name: string; readonly type: string },
  extras: readonly SyntaxNode[] = [],
): Promise<PlanOrReason> {
  const reason = reasonForWhole(node);
  if (reason !== undefined) return { reason };
  const expression = selected(node, bucket.name);
  if (!expression || !isGrouped(node, expression, bucket.name))
    return { reason: `it does not group by ${bucket.name}` };
  if (!growsWithTime(expression)) return { reason: `${bucket.name} is not known to grow with time` };
  const value = await expressionText(ask, expression);
  const key = keyOf(bucket.type, value);
  if (key === undefined) return { reason: `${bucket.name} has the type ${bucket.type}` };
  const steady: SyntaxNode = withSteadyOrders({ ...node, modifiers: [] }) as SyntaxNode;
  const narrowed: SyntaxNode = { ...steady, where_clause: and(node.where_clause, condition()) };
  const rows = await selectText(ask, narrowed);
  const list = [...(narrowed.select_list as SyntaxNode[]), ...extras];
  const checked = extras.length === 0 ? undefined : await selectText(ask, { ...narrowed, select_list: list });
  const from = await fromText(ask, node.from_table);
  const where = isNode(node.where_clause) ? `(${await expressionText(ask, node.where_clause)}) and ` : '';
  // WHERE may name an alias of the query: one of these must not be it.
  const touched = `select cube_key as bucket, cube_events as events, cube_from as time_from, cube_to as time_to from (
    select ${key} as cube_key, count(*) as cube_events, epoch_us(min("time")) as cube_from,
    epoch_us(max("time")) as cube_to from ${from} where ${where}${CONDITION} group by 1)`;
  return { plan: { touched, key, rows, ...(checked !== undefined && { checked }) } };
}

/** The reason why a query cannot be computed bucket by bucket, as the rest of a sentence; undefined when it may. */
export function reasonForWhole(node: SyntaxNode): string | undefined {
  if (node.type !== 'SELECT_NODE') return 'it combines several SELECTs';
  const all = [...nodesIn(node)];
  const { cte_map: ctes, from_table: from, modifiers, group_sets: sets } = node;
  if (((ctes as { map?: unknown[] } | undefined)?.map ?? []).length > 0) return 'it has a WITH clause';
  if (all.some(({ class: kind }) => kind === 'WINDOW')) return 'it has a window function';
  if (all.some(({ class: kind }) => kind === 'SUBQUERY')) return 'it has a subquery';
  if (!isNode(from) || from.type !== 'BASE_TABLE') return 'it does not read one table alone';
  if (isNode(node.qualify)) return 'it has QUALIFY';
  if (isNode(node.sample) || isNode(from.sample)) return 'it takes a sample';
  if (Array.isArray(sets) && sets.length > 1) return 'it has several grouping sets';
  const kinds = ((modifiers ?? []) as SyntaxNode[]).map(({ type }) => type);
  if (kinds.some(kind => kind === 'LIMIT_MODIFIER' || kind === 'LIMIT_PERCENT_MODIFIER')) return 'it has a LIMIT';
  if (kinds.includes('DISTINCT_MODIFIER')) return 'it has DISTINCT';
  return undefined;
}

/** The expression of a column of the result. */
function selected(node: SyntaxNode, name: string): SyntaxNode | undefined {
  return (node.select_list as SyntaxNode[]).find(({ alias, type, column_names: names }) => {
    const own = alias !== '' ? alias : type === 'COLUMN_REF' ? (names as string[]).at(-1) : undefined;
    return typeof own === 'string' && own.toLowerCase() === name.toLowerCase();
  });
}

/** True when each group of rows has one value of the expression. */
function isGrouped(node: SyntaxNode, expression: SyntaxNode, name: string): boolean {
  if (node.aggregate_handling === 'FORCE_AGGREGATES') return true;
  const index = (node.select_list as SyntaxNode[]).indexOf(expression) + 1;
  return ((node.group_expressions ?? []) as SyntaxNode[]).some(group => {
    if (isSameExpression(group, expression)) return true;
    const names = group.column_names;
    if (group.type === 'COLUMN_REF' && Array.isArray(names) && names.length === 1) {
      return String(names[0]).toLowerCase() === name.toLowerCase();
    }
    const value = (group.value as { value?: unknown } | undefined)?.value;
    return group.class === 'CONSTANT' && value === index;
  });
}

/** Functions that never fall while the argument at an index grows; the other arguments are constants. */
const GROWING: Readonly<Record<string, number>> = {
  time_bucket: 1,
  date_trunc: 1,
  datetrunc: 1,
  timezone: 1,
  epoch: 0,
  epoch_ms: 0,
  epoch_us: 0,
  epoch_ns: 0,
  year: 0,
  floor: 0,
  ceil: 0,
  trunc: 0,
  last_day: 0,
  '+': 0,
  '-': 0,
  '//': 0,
  to_timestamp: 0,
  make_timestamp: 0,
  make_timestamptz: 0,
};

/** True when an expression is known to grow, or stay the same, while `time` grows. */
function growsWithTime(expression: unknown): boolean {
  if (!isNode(expression)) return false;
  const { type, class: kind, column_names: names, child, children, function_name: called } = expression;
  if (type === 'COLUMN_REF') return (names as string[]).at(-1)?.toLowerCase() === 'time';
  if (type === 'OPERATOR_CAST') return isGrowingCast(expression) && growsWithTime(child);
  if (kind !== 'FUNCTION' || !Array.isArray(children)) return false;
  const index = GROWING[String(called).toLowerCase()];
  if (index === undefined) return false;
  const others = children.filter((_, i) => i !== index);
  return growsWithTime(children[index]) && others.every(isConstant) && !(called === '//' && !isPositive(others[0]));
}

function isGrowingCast({ cast_type: type }: SyntaxNode): boolean {
  const { id } = type as { id?: string };
  return id !== undefined && /^(?:DATE|TIMESTAMP.*|BIGINT|INTEGER|DOUBLE)$/.test(id);
}

function isConstant(value: unknown): boolean {
  return [...nodesIn(value)].every(({ type, class: kind }) => type !== 'COLUMN_REF' && kind !== 'SUBQUERY');
}

function isPositive(value: unknown): boolean {
  const { value: constant } = (isNode(value) ? value.value : undefined) as { value?: unknown };
  return typeof constant === 'number' && constant > 0;
}

const NO_PLACE = '\u0001integer:18446744073709551615';

function condition(): SyntaxNode {
  return column(CONDITION);
}

function column(name: string): SyntaxNode {
  return { class: 'COLUMN_REF', type: 'COLUMN_REF', alias: '', query_location: NO_PLACE, column_names: [name] };
}

/** Orders the values of an aggregate by the id of their event where the order that the query names leaves it open. */
function withSteadyOrders(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSteadyOrders);
  if (!isNode(value)) return value;
  const node: SyntaxNode = Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, withSteadyOrders(part)]),
  );
  const { orders = [] } = (node.order_bys ?? {}) as { orders?: readonly SyntaxNode[] };
  if (!isOrderedAggregate(node) || orders.length === 0 || node.distinct === true) return node;
  const byId = { type: 'ORDER_DEFAULT', null_order: 'ORDER_DEFAULT', expression: column('id') };
  return { ...node, order_bys: { ...(node.order_bys as SyntaxNode), orders: [...orders, byId] } };
}

function and(where: unknown, more: SyntaxNode): SyntaxNode {
  if (!isNode(where)) return more;
  return {
    class: 'CONJUNCTION',
    type: 'CONJUNCTION_AND',
    alias: '',
    query_location: NO_PLACE,
    children: [where, more],
  };
}

/** A SELECT of one expression, or of all columns, from a table or from nothing. */
function bareSelect(list: readonly unknown[], from: unknown): SyntaxNode {
  return {
    type: 'SELECT_NODE',
    modifiers: [],
    cte_map: { map: [] },
    select_list: list,
    from_table: from,
    where_clause: null,
    group_expressions: [],
    group_sets: [],
    aggregate_handling: 'STANDARD_HANDLING',
    having: null,
    sample: null,
    qualify: null,
  };
}

const STAR = {
  class: 'STAR',
  type: 'STAR',
  alias: '',
  query_location: NO_PLACE,
  relation_name: '',
  exclude_list: [],
  replace_list: [],
  columns: false,
  expr: null,
  qualified_exclude_list: [],
  rename_list: [],
};

const EMPTY = { type: 'EMPTY', alias: '', sample: null, query_location: NO_PLACE };

async function expressionText(ask: AskText, expression: SyntaxNode): Promise<string> {
  const text = await selectText(ask, bareSelect([{ ...expression, alias: '' }], EMPTY));
  return text.replace(/^SELECT /, '');
}

async function fromText(ask: AskText, from: unknown): Promise<string> {
  const text = await selectText(ask, bareSelect([condition()], from));
  return text.replace(`SELECT ${CONDITION} FROM `, '');
}

/** SQL for all columns of a FROM clause. */
export function allColumnsText(ask: AskText, from: unknown, ctes: readonly unknown[]): Promise<string> {
  return selectText(ask, { ...bareSelect([STAR], from), cte_map: { map: ctes } });
}
