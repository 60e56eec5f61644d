import type { Axis, BarChart } from './chart.js';
import { positionOf } from './build-bars.js';
import { valueIn } from './read-rows.js';
import { binsOf, labelsOf } from './scale.js';
import { MAX_SERIES } from './series-color.js';
import { axisOf, counted, largest, seriesName, type Source, valueAxis } from './source.js';
import { Clock, timeStep } from './time-scale.js';

/** Bins of one width: a value belongs to the one that begins at or before it and ends after it. */
export interface Bins {
  readonly start: number;
  readonly step: number;
  readonly count: number;
  readonly labels: readonly string[];
}

/** The number of rows in equal bins at round values; a bin includes its start and excludes its end. */
export function buildHistogram(source: Source, room: number): BarChart {
  const { rows, columns, roles, notes } = source;
  const index = roles.x!;
  const column = columns[index]!;
  const names = new Map<string, number>();
  const totals: number[] = [];
  const values: { at: number; series: number }[] = [];
  for (const row of rows) {
    const at = valueIn(column, row[index]);
    if (at === null) continue;
    const series = positionOf(names, seriesName(source, row, undefined));
    values.push({ at, series });
    totals[series] = (totals[series] ?? 0) + 1;
  }
  if (values.length < rows.length) notes.push(`${counted(rows.length - values.length, 'missing value')} left out`);
  const axis: Axis = column.kind === 'time' ? axisOf(source, index) : valueAxis(source, [index]);
  const bins = binsOfAxis(
    values.map(({ at }) => at),
    axis,
    room,
  );
  const sums = [...names.keys()].map((name, index) => ({ name, index, weight: totals[index]! }));
  const kept = largest(sums, MAX_SERIES, 'series', notes);
  const positions = new Map(kept.map(({ index }, position) => [index, position]));
  const counts = Array.from({ length: bins.count }, () => kept.map(() => 0));
  for (const { at, series } of values) {
    const position = positions.get(series);
    if (position !== undefined) counts[binIn(bins, at)]![position]!++;
  }
  return {
    type: 'histogram',
    label: axis,
    value: { name: 'rows', unit: '' },
    series: kept.map(({ name }) => name),
    rows: counts.map((values, i) => ({ label: bins.labels[i]!, values })),
    notes,
  };
}

/** The index of the bin of a value. Fractions such as 0.3 / 0.1 are a little below the whole number. */
export function binIn({ start, step, count }: Pick<Bins, 'start' | 'step' | 'count'>, value: number): number {
  return Math.max(0, Math.min(count - 1, Math.floor((value - start) / step + 1e-9)));
}

/** At most `count` bins that hold all the values of an axis. Whole numbers are not divided. */
export function binsOfAxis(values: readonly number[], { unit, timezone }: Axis, count: number): Bins {
  if (values.length === 0) return { start: 0, step: 1, count: 0, labels: [] };
  let [min, max] = [Infinity, -Infinity];
  for (const value of values) [min, max] = [Math.min(min, value), Math.max(max, value)];
  if (timezone !== undefined) return timeBins(min, max, timezone, count);
  const isWhole = values.every(Number.isInteger);
  let { start, step, count: bins } = binsOf(min, max, unit, count);
  if (isWhole && step < 1) [start, step, bins] = [min, 1, max - min + 1];
  if (isWhole && step === 1) {
    return {
      start,
      step,
      count: bins,
      labels: labelsOf(
        Array.from({ length: bins }, (_, i) => start + i),
        unit,
      ),
    };
  }
  const edges = labelsOf(
    Array.from({ length: bins + 1 }, (_, i) => Number((start + i * step).toPrecision(12))),
    unit,
  );
  return { start, step, count: bins, labels: edges.slice(0, -1).map((edge, i) => `${edge} to ${edges[i + 1]!}`) };
}

function timeBins(min: number, max: number, timezone: string, count: number): Bins {
  const clock = new Clock(timezone);
  const offset = clock.offset(min);
  for (let step = timeStep((max - min) / count); ; step = timeStep(step * 1.01)) {
    const start = Math.floor((min + offset) / step) * step - offset;
    const bins = Math.floor((max - start) / step) + 1;
    if (bins > count) continue;
    const labels = Array.from({ length: bins }, (_, i) => clock.text(start + i * step).replace('T', ' '));
    const isFine = step % 1000 !== 0;
    return {
      start,
      step,
      count: bins,
      labels: labels.map(label => (isFine ? label : label.replace(/(?::00)?\.000$/, ''))),
    };
  }
}
