import type { BarChart } from './chart.js';
import { numberIn } from './read-rows.js';
import { MAX_SERIES } from './series-color.js';
import { counted, largest, NULL_LABEL, sameUnit, seriesName, type Source, valueAxis } from './source.js';

/** The name of an axis of counts. */
const ROWS = 'rows';

/** Values with their label, by the index of their series. */
interface Bar {
  readonly label: string;
  readonly values: Map<number, number | null>;
}

/** Bars in the order of the rows; without a number, of the number of rows with each label, the most frequent first. */
export function buildBars(source: Source, room: number): BarChart {
  const { roles, columns, notes } = source;
  const y = sameUnit(source);
  const names = new Map<string, number>();
  const all =
    roles.x === undefined
      ? barsOfRow(source, y, names)
      : y.length > 0
        ? barsOf(source, y, names)
        : countsOf(source, names);
  const { sums, missing } = sumsOf(all, names.size);
  if (missing > 0) notes.push(`${counted(missing, 'missing value')} not drawn`);
  const kept = largest(
    [...names.keys()].map((name, index) => ({ name, index, weight: sums[index]! })),
    MAX_SERIES,
    'series',
    notes,
  );
  const withBars = all.filter(({ values }) => kept.some(({ index }) => values.has(index)));
  const shown = withBars.slice(0, Math.max(1, Math.floor(room / kept.length)));
  if (shown.length < withBars.length)
    notes.push(`${counted(withBars.length - shown.length, 'more label')} left out: limit or aggregate in the SQL`);
  return {
    type: 'bar',
    label: { name: roles.x === undefined ? '' : columns[roles.x]!.name, unit: '' },
    value: y.length > 0 ? valueAxis(source, y) : { name: ROWS, unit: '' },
    series: kept.map(({ name }) => name),
    rows: shown.map(({ label, values }) => ({ label, values: kept.map(({ index }) => values.get(index) ?? null) })),
    notes,
  };
}

/** The sum of each series, without signs, and the number of missing values. */
function sumsOf(bars: readonly Bar[], series: number): { sums: readonly number[]; missing: number } {
  const sums = Array.from({ length: series }, () => 0);
  let missing = 0;
  for (const { values } of bars) {
    for (const [index, value] of values) {
      if (value === null) missing++;
      else sums[index]! += Math.abs(value);
    }
  }
  return { sums, missing };
}

/** A single row: a bar for each of its numbers. */
function barsOfRow({ rows, columns }: Source, y: readonly number[], names: Map<string, number>): Bar[] {
  const series = positionOf(names, '');
  return y.map(index => ({ label: columns[index]!.name, values: new Map([[series, numberIn(rows[0]?.[index])]]) }));
}

/** A label has one row, unless the result repeats it within a series. */
function barsOf(source: Source, y: readonly number[], names: Map<string, number>): Bar[] {
  const { rows, columns, roles } = source;
  const bars: Bar[] = [];
  const byLabel = new Map<string, Bar>();
  for (const row of rows) {
    const label = row[roles.x!] ?? NULL_LABEL;
    for (const index of y) {
      const series = positionOf(names, seriesName(source, row, y.length > 1 ? columns[index]!.name : undefined));
      let bar = byLabel.get(label);
      if (bar === undefined || bar.values.has(series)) {
        bar = { label, values: new Map() };
        byLabel.set(label, bar);
        bars.push(bar);
      }
      bar.values.set(series, numberIn(row[index]));
    }
  }
  return bars;
}

function countsOf(source: Source, names: Map<string, number>): Bar[] {
  const bars = new Map<string, { label: string; values: Map<number, number>; total: number }>();
  for (const row of source.rows) {
    const label = row[source.roles.x!] ?? NULL_LABEL;
    const series = positionOf(names, seriesName(source, row, undefined));
    let bar = bars.get(label);
    if (bar === undefined) bars.set(label, (bar = { label, values: new Map(), total: 0 }));
    bar.values.set(series, (bar.values.get(series) ?? 0) + 1);
    bar.total++;
  }
  return [...bars.values()].sort((a, b) => b.total - a.total);
}

/** The index of a name, which is added when it is new. */
export function positionOf(names: Map<string, number>, name: string): number {
  const index = names.get(name) ?? names.size;
  if (index === names.size) names.set(name, index);
  return index;
}
