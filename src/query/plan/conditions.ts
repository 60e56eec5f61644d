import type { PlanNode } from './scanned-columns.js';

/**
 * The conditions, as DuckDB prints them in a plan, that the rows of each scan of the journal must meet. Empty for a
 * scan that returns all its rows.
 * @param passesProjections true when a projection leaves `payload` unchanged
 */
export function journalConditions(plan: readonly PlanNode[], passesProjections: boolean): string[][] {
  const scans: string[][] = [];
  const visit = (node: PlanNode, above: readonly string[]): void => {
    const { name = '', children = [], extra_info: info } = node;
    if (info?.Function === 'JOURNAL') scans.push([...above]);
    const isFilter = name.trim() === 'FILTER';
    const keeps = isFilter || name.trim() === 'UNION' || (passesProjections && name.trim() === 'PROJECTION');
    const own = isFilter ? [info?.Expression ?? []].flat().flatMap(conjuncts) : [];
    for (const child of children) visit(child, keeps ? [...above, ...own] : []);
  };
  for (const node of plan) visit(node, []);
  return scans;
}

/** A quoted text or name, a parenthesis, or a word between spaces. */
const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|[()]| (?:AND|OR|BETWEEN|WHEN) /g;

/**
 * Splits a printed condition at its ANDs: `((a = 1) AND (b = 2))` becomes `(a = 1)` and `(b = 2)`. Returns any other
 * condition unchanged.
 */
export function conjuncts(condition: string): string[] {
  if (!condition.startsWith('(') || !condition.endsWith(')')) return [condition];
  const parts: string[] = [];
  let depth = 0;
  let start = 1;
  for (const { 0: token, index } of condition.matchAll(TOKEN)) {
    if (token === '(') depth++;
    if (token === ')') depth--;
    if (depth === 0 && index < condition.length - 1) return [condition];
    if (depth !== 1 || !token.startsWith(' ')) continue;
    if (token !== ' AND ') return [condition];
    parts.push(condition.slice(start, index));
    start = index + token.length;
  }
  if (depth !== 0 || parts.length === 0) return [condition];
  return [...parts, condition.slice(start, -1)].flatMap(conjuncts);
}
