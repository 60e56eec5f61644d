import type { Axis, BarRow, HeatmapChart } from './chart.js';
import { binIn, binsOfAxis, type Bins } from './build-histogram.js';
import { numberIn, valueIn } from './read-rows.js';
import { axisOf, counted, largest, NULL_LABEL, type Source, valueAxis } from './source.js';

/** A row of the result in the grid. */
interface Cell {
  readonly x: number;
  readonly row: string;
  /** The value, or undefined where rows are counted. */
  readonly value: number | undefined;
}

/**
 * A grid over x. With a text column: a row for each of its values, and in each cell the highest number there, or the
 * number of rows. With a number and no text: rows of the number's bins, and in each cell the number of rows.
 */
export function buildHeatmap(source: Source, maxColumns: number, maxRows: number): HeatmapChart {
  const { columns, rows, roles, notes } = source;
  const [x, y, by] = [roles.x!, roles.y[0], roles.by];
  const binned = by === undefined && y !== undefined;
  const bins = binned
    ? binsOfAxis(
        rows.map(row => numberIn(row[y])).filter(value => value !== null),
        valueAxis(source, [y]),
        maxRows,
      )
    : undefined;
  const cells: Cell[] = [];
  for (const row of rows) {
    const at = valueIn(columns[x]!, row[x]);
    const value = y === undefined ? undefined : numberIn(row[y]);
    if (at === null || value === null) continue;
    const label = bins !== undefined ? binOf(bins, value!) : by === undefined ? '' : (row[by] ?? NULL_LABEL);
    cells.push({ x: at, row: label, value: bins === undefined ? value : undefined });
  }
  if (cells.length < rows.length)
    notes.push(`${counted(rows.length - cells.length, 'row')} with a missing value left out`);
  const axis = axisOf(source, x);
  const across = acrossOf(cells, axis, maxColumns);
  const grid = gridOf(cells, across, notes);
  const order = bins === undefined ? rankedRows(grid, maxRows, notes) : [...bins.labels].reverse();
  const empty = Array.from({ length: across.count }, () => null);
  return {
    type: 'heatmap',
    x: axis,
    start: across.start,
    step: across.step,
    columns: across.count,
    y: binned ? valueAxis(source, [y]) : { name: by === undefined ? '' : columns[by]!.name, unit: '' },
    rows: order.map((label): BarRow => ({ label, values: grid.get(label) ?? empty })),
    value: y === undefined || binned ? { name: 'rows', unit: '' } : valueAxis(source, [y]),
    notes,
  };
}

function binOf(bins: Bins, value: number): string {
  return bins.labels[binIn(bins, value)]!;
}

/** The columns: of the distance between values where the result has it already, else as many as fit. */
function acrossOf(cells: readonly Cell[], axis: Axis, maxColumns: number): Pick<Bins, 'start' | 'step' | 'count'> {
  const distinct = [...new Set(cells.map(({ x }) => x))].sort((a, b) => a - b);
  const [first = 0, last = 0] = [distinct[0], distinct.at(-1)];
  let least = Infinity;
  for (let i = 1; i < distinct.length; i++) least = Math.min(least, distinct[i]! - distinct[i - 1]!);
  const count = Math.round((last - first) / least) + 1;
  if (least < Infinity && count <= maxColumns) return { start: first, step: least, count };
  return binsOfAxis(distinct, axis, maxColumns);
}

function gridOf(
  cells: readonly Cell[],
  across: Pick<Bins, 'start' | 'step' | 'count'>,
  notes: string[],
): Map<string, (number | null)[]> {
  const grid = new Map<string, (number | null)[]>();
  let isJoined = false;
  for (const { x, row, value } of cells) {
    const column = binIn(across, x);
    let line = grid.get(row);
    if (line === undefined) grid.set(row, (line = Array.from({ length: across.count }, () => null)));
    const before = line[column] ?? null;
    if (value === undefined) line[column] = (before ?? 0) + 1;
    else line[column] = before === null ? value : Math.max(before, value);
    isJoined ||= value !== undefined && before !== null;
  }
  if (isJoined) notes.push('a cell shows the highest of its values');
  return grid;
}

function rankedRows(grid: ReadonlyMap<string, readonly (number | null)[]>, maxRows: number, notes: string[]): string[] {
  const rows = [...grid].map(([name, values]) => ({
    name,
    weight: values.reduce<number>((sum, value) => sum + Math.abs(value ?? 0), 0),
  }));
  return [...largest(rows, maxRows, 'rows', notes)].sort((a, b) => b.weight - a.weight).map(({ name }) => name);
}
