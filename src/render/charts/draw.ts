import { cutStyled, widthOf } from '../width.js';
import type { Room } from './build.js';
import { type Chart, emptyText } from './chart.js';
import { drawBarChart } from './draw-bars.js';
import { drawHeatmap, heatmapRoom } from './draw-heatmap.js';
import { drawPointChart } from './draw-points.js';
import { type Drawing, noteLines } from './plot.js';

/** The lines that axes, names, legend and notes of bars and heatmaps take, about. */
const BARS_FRAME = 4;
const HEATMAP_FRAME = 7;

/** More bins than this divide a distribution into noise. */
const MAX_BINS = 24;

/** Rows of a heatmap that has no window to fit. */
const MAX_HEATMAP_ROWS = 40;

/** The number of bars, bins and cells that fit a drawing. */
export function roomOf({ columns, rows }: Pick<Drawing, 'columns' | 'rows'>): Room {
  return {
    bars: Math.max(1, rows - BARS_FRAME),
    bins: Math.max(2, Math.min(MAX_BINS, rows - BARS_FRAME)),
    heatmapColumns: heatmapRoom(columns),
    heatmapRows: Math.max(2, Math.min(MAX_HEATMAP_ROWS, rows - HEATMAP_FRAME)),
  };
}

/** Draws a chart as lines of text, none wider than the drawing. */
export function drawChart(chart: Chart, drawing: Drawing): string[] {
  const { columns, glyphs } = drawing;
  // Bars and legends have least widths, which a very narrow window does not have.
  return linesOf(chart, drawing).map(line => {
    if (widthOf(line) <= columns) return line;
    const short = cutStyled(line, columns);
    return glyphs.style === 'ascii' ? short.replace('…', glyphs.ellipsis) : short;
  });
}

function linesOf(chart: Chart, drawing: Drawing): string[] {
  const empty = emptyText(chart);
  if (empty !== undefined) return [empty, ...noteLines(chart.notes, drawing)];
  switch (chart.type) {
    case 'bar':
    case 'histogram':
      return drawBarChart(chart, drawing);
    case 'heatmap':
      return drawHeatmap(chart, drawing);
    default:
      return drawPointChart(chart, drawing);
  }
}
