import { assignColumns, type Wish } from './assign.js';
import { buildBars } from './build-bars.js';
import { buildHeatmap } from './build-heatmap.js';
import { buildHistogram } from './build-histogram.js';
import type { Chart, PointChart } from './chart.js';
import { numberIn, type Table, valueIn } from './read-rows.js';
import { MAX_SERIES } from './series-color.js';
import { axisOf, counted, largest, sameUnit, seriesName, type Source, valueAxis } from './source.js';

/** The room that a chart has, as counts of what is drawn. */
export interface Room {
  readonly bars: number;
  readonly bins: number;
  readonly heatmapColumns: number;
  readonly heatmapRows: number;
}

/**
 * Makes a chart of rows.
 * @param timezone of the axis, for columns that are a point in time; others are shown as they are
 * @throws TelemetryError `usage` when the rows do not make a chart: see {@link assignColumns}.
 */
export function buildChart(table: Table, wish: Wish, room: Room, timezone: string): Chart {
  const { columns, rows } = table;
  const roles = assignColumns(columns, wish, {
    rows: rows.length,
    distinct: column => new Set(rows.map(row => row[column])).size,
  });
  const notes = table.isCut ? [`only the first ${counted(rows.length, 'row')} are drawn: aggregate in the SQL`] : [];
  const source: Source = { columns, rows, roles, timezone, notes };
  switch (roles.type) {
    case 'bar':
      return buildBars(source, room.bars);
    case 'histogram':
      return buildHistogram(source, room.bins);
    case 'heatmap':
      return buildHeatmap(source, room.heatmapColumns, room.heatmapRows);
    default:
      return buildPoints(source, roles.type);
  }
}

function buildPoints(source: Source, type: PointChart['type']): PointChart {
  const { rows, columns, roles, notes } = source;
  const xColumn = columns[roles.x!]!;
  const y = sameUnit(source);
  const groups = new Map<string, [number, number | null][]>();
  let skipped = 0;
  let empty = 0;
  for (const row of rows) {
    const x = valueIn(xColumn, row[roles.x!]);
    for (const index of y) {
      const value = numberIn(row[index]);
      if (value === null) empty++;
      if (x === null) {
        skipped++;
        continue;
      }
      const name = seriesName(source, row, y.length > 1 ? columns[index]!.name : undefined);
      const points = groups.get(name);
      if (points) points.push([x, value]);
      else groups.set(name, [[x, value]]);
    }
  }
  if (skipped > 0) notes.push(`${counted(skipped, 'value')} without ${xColumn.name} left out`);
  else if (empty > 0) notes.push(`${counted(empty, 'missing value')} not drawn`);
  const weight = (points: readonly (readonly [number, number | null])[]): number =>
    points.reduce((sum, [, value]) => sum + Math.abs(value ?? 0), 0);
  const kept = largest(
    [...groups].map(([name, points]) => ({ name, points, weight: weight(points) })),
    MAX_SERIES,
    'series',
    notes,
  );
  return {
    type,
    x: axisOf(source, roles.x!),
    y: valueAxis(source, y),
    series: kept.map(({ name, points }) => ({ name, points: points.sort(([a], [b]) => a - b) })),
    notes,
  };
}
