import type { PlanNode } from './needed-columns.js';

/**
 * The conditions that the rows of each scan of the journal must meet, as DuckDB prints them in a plan. None for a scan
 * that gives all its rows.
 * @param passesProjections whether `payload` above a projection is what it was below
 */
export function journalConditions(plan: readonly PlanNode[], passesProjections: boolean): string[][] {
  const scans: string[][] = [];
  const visit = (node: PlanNode, above: readonly string[]): void => {
    const { name = '', children = [], extra_info: info } = node;
    if (info?.Function === 'JOURNAL') scans.push([...above]);
    const isFilter = name.trim() === 'FILTER';
    const keeps = isFilter || name.trim() === 'UNION' || (passesProjections && name.trim() === 'PROJECTION');
    const own = isFilter ? [info?.Expression ?? []].flat() : [];
    for (const child of children) visit(child, keeps ? [...above, ...own] : []);
  };
  for (const node of plan) visit(node, []);
  return scans;
}
