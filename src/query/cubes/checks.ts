import { nodesIn, parseSelect, type AskText, type SyntaxNode } from './syntax.js';

/**
 * The way in which `verify` compares a column whose value is not determined by the events alone.
 * `rank`: of `approx_quantile`, any value between the exact quantiles that are {@link RANK_ERROR} away.
 * `ties`: of `arg_max` and `arg_min`, any of the values that tie.
 * `mode`: of `mode`, any of the most frequent values.
 * `near`: numbers within {@link NEAR}, other values only by whether they are NULL.
 * `loose`: only by whether they are NULL.
 */
export interface CubeCheck {
  readonly column: string;
  readonly kind: 'rank' | 'ties' | 'mode' | 'near' | 'loose';
  /** The columns of the checking query that the comparison uses. */
  readonly extras: readonly string[];
}

/** The rank error of `approx_quantile`: that of a t-digest with a compression of 100 is below 0.01, twice for a merge. */
const RANK_ERROR = 0.02;

/** Relative difference of an expression over `approx_quantile`. */
const NEAR = 0.05;

/** Values with the same order that are compared; with more, any value is taken for one of them. */
const MAX_TIES = 1000;

const TIED = new Set(['arg_max', 'arg_min', 'argmax', 'argmin', 'max_by', 'min_by']);
const TIED_WITH_NULLS = new Set(['arg_max_null', 'arg_min_null', 'arg_max_nulls_last', 'arg_min_nulls_last']);

/** The checks of a SELECT list, and the expressions of their extra columns. */
export async function checksOf(
  ask: AskText,
  list: readonly SyntaxNode[],
  names: readonly string[],
): Promise<{ checks: CubeCheck[]; extras: SyntaxNode[] }> {
  const checks: CubeCheck[] = [];
  const extras: SyntaxNode[] = [];
  const parse = async (text: string): Promise<SyntaxNode> => {
    const [expression] = (await parseSelect(ask, `select ${text}`)).select_list as SyntaxNode[];
    return expression!;
  };
  for (const [i, item] of list.entries()) {
    const kind = kindOf(item);
    if (!kind) continue;
    const added = await extrasOf(kind, item, parse);
    const columns = added.map((_, n) => `check ${extras.length + n + 1}`);
    extras.push(...added.map((node, n) => ({ ...node, alias: columns[n]! })));
    checks.push({ column: names[i]!, kind, extras: columns });
  }
  return { checks, extras };
}

function nameOf({ class: kind, function_name: called }: SyntaxNode): string {
  return kind === 'FUNCTION' && typeof called === 'string' ? called.toLowerCase() : '';
}

function kindOf(item: SyntaxNode): CubeCheck['kind'] | undefined {
  const name = nameOf(item);
  const inputs = (item.children as readonly unknown[] | undefined)?.length ?? 0;
  if (name === 'mode' && inputs === 1) return 'mode';
  if (TIED.has(name) && inputs === 2) return 'ties';
  if (name === 'approx_quantile' && (item.children as SyntaxNode[])[1]?.class !== 'FUNCTION') return 'rank';
  const called = [...nodesIn(item)].map(nameOf);
  if (called.some(one => one === 'mode' || one === 'approx_top_k' || TIED.has(one) || TIED_WITH_NULLS.has(one)))
    return 'loose';
  return called.includes('approx_quantile') ? 'near' : undefined;
}

async function extrasOf(
  kind: CubeCheck['kind'],
  item: SyntaxNode,
  parse: (text: string) => Promise<SyntaxNode>,
): Promise<SyntaxNode[]> {
  const [value, by] = item.children as [SyntaxNode, SyntaxNode];
  const around = (node: SyntaxNode, ...args: SyntaxNode[]): SyntaxNode => ({ ...node, children: args });
  if (kind === 'rank') {
    const quantile = { ...item, function_name: 'quantile_disc' };
    const [low, high] = [await parse(`greatest(0, 1 - ${RANK_ERROR})`), await parse(`least(1, 1 + ${RANK_ERROR})`)];
    return [low, high].map(bound => around(quantile, value, withFirst(bound, by)));
  }
  if (kind === 'ties') {
    const pack = await parse('struct_pack(v := 1, k := 1)');
    const [v, k] = pack.children as [SyntaxNode, SyntaxNode];
    const packed = around(pack, { ...value, alias: v.alias }, { ...by, alias: k.alias });
    return [around(item, packed, by, await parse(String(MAX_TIES)))];
  }
  return kind === 'mode' ? [around({ ...item, function_name: 'histogram' }, value)] : [];
}

/** The expression with its first summand, a placeholder, replaced. */
function withFirst(bound: SyntaxNode, first: SyntaxNode): SyntaxNode {
  const [limit, sum] = bound.children as [SyntaxNode, SyntaxNode];
  const [, error] = sum.children as [SyntaxNode, SyntaxNode];
  return { ...bound, children: [limit, { ...sum, children: [first, error] }] };
}

/** SQL that is true when a stored value `a` and a computed one `b` of a column are the same, as its check says. */
export function checkSql({ kind, extras }: CubeCheck, a: string, b: string, isNumber: boolean): string {
  const [first = '', second = ''] = extras.map(name => `b."${name}"`);
  const bothNull = `(${a} is null) = (${b} is null)`;
  switch (kind) {
    case 'rank':
      return `${a} between ${first} and ${second}`;
    case 'ties': {
      const top = `list_filter(${first}, lambda e: e.v is not null)`;
      const ties = `list_filter(${top}, lambda e: e.k is not distinct from (${top})[1].k)`;
      const values = `list_transform(${ties}, lambda e: e.v)`;
      return `len(${ties}) = 0 or len(${ties}) >= ${MAX_TIES} or list_contains(${values}, ${a})`;
    }
    case 'mode':
      return `${first}[${a}] = list_max(map_values(${first}))`;
    case 'near':
      if (!isNumber) return bothNull;
      return `abs(${a}::double - ${b}::double) <= ${NEAR} * greatest(abs(${a}::double), abs(${b}::double))`;
    case 'loose':
      return bothNull;
  }
}
