import { type Wish } from '../../render/charts/assign.js';
import { buildChart } from '../../render/charts/build.js';
import { drawChart, roomOf } from '../../render/charts/draw.js';
import { type GlyphStyle, glyphsOf } from '../../render/charts/glyphs.js';
import type { Table } from '../../render/charts/read-rows.js';
import { chalkFor } from '../../render/chalk.js';
import { USUAL_COLUMNS, USUAL_ROWS, type Streams } from './streams.js';

/** The size and the characters of a chart on the terminal. */
export interface ChartLook {
  readonly style: GlyphStyle;
  /** Undefined for that of the terminal. */
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly timezone: string;
}

/** A line of the terminal that stays free for the prompt. */
const PROMPT_LINES = 1;

/** The text of a chart that fits the terminal. @throws TelemetryError `usage` when the rows do not make the chart. */
export function chartText(table: Table, wish: Wish, look: ChartLook, streams: Streams): string {
  const columns = look.width ?? streams.columns ?? USUAL_COLUMNS;
  const rows = look.height ?? Math.max(1, (streams.rows ?? USUAL_ROWS) - PROMPT_LINES);
  const chart = buildChart(table, wish, roomOf({ columns, rows }), look.timezone);
  const lines = drawChart(chart, { columns, rows, glyphs: glyphsOf(look.style), chalk: chalkFor(streams.color) });
  return lines.map(line => `${line}\n`).join('');
}
