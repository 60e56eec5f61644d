import type { Canvas } from './canvas.js';
import type { Series } from './chart.js';
import type { Glyphs } from './glyphs.js';
import { columnValues, type Place } from './interpolate.js';

/** Fills the area under each series, one on top of the other. The top of the last is exact to an eighth of a cell. */
export function drawArea(
  series: readonly Series[],
  canvas: Canvas,
  place: Place,
  glyphs: Glyphs,
  fillOf: (series: number) => string,
): void {
  const heights = series.map(({ points }) => heightsOf(points, canvas, place));
  const steps = glyphs.fromBelow.length - 1;
  const zero = place.y(0) * canvas.height;
  for (let column = 0; column < canvas.width; column++) {
    let base = zero;
    for (const [index, values] of heights.entries()) {
      const value = values[column];
      if (value === undefined) continue;
      const top = base + (value - place.y(0)) * canvas.height;
      const isLast = index === heights.length - 1;
      const [low, high] = base < top ? [base, top] : [top, base];
      for (let cell = Math.floor(low + 0.5); cell < Math.ceil(high); cell++) {
        const share = Math.min(1, high - cell);
        const part = Math.round(share * steps);
        if (part <= 0) continue;
        const isEdge = isLast && part < steps && top > base;
        if (!isEdge && share < 0.5) continue;
        canvas.set(column, canvas.height - 1 - cell, isEdge ? glyphs.fromBelow[part]! : fillOf(index), index);
      }
      base = Math.max(base, top);
    }
  }
}

/** The height of the series in each column, as a share: the highest of its points there, or between two points. */
function heightsOf(points: Series['points'], canvas: Canvas, place: Place): (number | undefined)[] {
  const heights = Array.from<number | undefined>({ length: canvas.width });
  for (const { column, share } of columnValues(points, canvas, place)) {
    heights[column] = Math.max(heights[column] ?? -Infinity, share);
  }
  return heights;
}
