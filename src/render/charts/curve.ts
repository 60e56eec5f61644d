import type { Canvas } from './canvas.js';
import type { Series } from './chart.js';
import type { Glyphs } from './glyphs.js';
import { columnValues, type Place } from './interpolate.js';

/** The columns from one marker of a series to its next. */
const MARKER_DISTANCE = 10;

/** The part of a curve in one column of cells: rows from above. */
interface Part {
  readonly first: number;
  readonly last: number;
  readonly top: number;
  readonly bottom: number;
}

/** Draws a line of box characters through the points. Several points in a column become the range that they cover. */
export function drawLine(points: Series['points'], canvas: Canvas, place: Place, glyphs: Glyphs, series: number): void {
  const parts = partsOf(points, canvas, place);
  for (let column = 0; column < canvas.width; column++) {
    const part = parts[column];
    if (part === undefined) continue;
    const before = parts[column - 1];
    if (before === undefined && parts[column + 1] === undefined && part.top === part.bottom) {
      canvas.set(column, part.first, glyphs.markers[series % glyphs.markers.length]!, series);
    } else drawPart(part, before?.last ?? part.first, column, canvas, glyphs, series);
  }
}

function drawPart(part: Part, from: number, column: number, canvas: Canvas, { line }: Glyphs, series: number): void {
  const top = Math.min(part.top, from);
  const bottom = Math.max(part.bottom, from);
  const to = part.last;
  if (top === bottom) {
    canvas.set(column, top, line.horizontal, series);
    return;
  }
  for (let row = top; row <= bottom; row++) canvas.set(column, row, line.vertical, series);
  if (from === to) {
    canvas.set(column, from, line.cross, series);
    return;
  }
  canvas.set(column, from, from === top ? line.downLeft : from === bottom ? line.upLeft : line.verticalLeft, series);
  canvas.set(column, to, to === top ? line.downRight : to === bottom ? line.upRight : line.verticalRight, series);
}

/** The parts of the curve: those between two points are interpolated, and a missing value leaves a gap. */
function partsOf(points: Series['points'], canvas: Canvas, place: Place): (Part | undefined)[] {
  const parts = Array.from<Part | undefined>({ length: canvas.width });
  for (const { column, share } of columnValues(points, canvas, place)) add(parts, column, rowOf(share, canvas));
  return parts;
}

function add(parts: (Part | undefined)[], column: number, row: number): void {
  const part = parts[column];
  parts[column] = part
    ? { first: part.first, last: row, top: Math.min(part.top, row), bottom: Math.max(part.bottom, row) }
    : { first: row, last: row, top: row, bottom: row };
}

/** Draws the marker of a series on its line, at points that are some columns apart, each series at other columns. */
export function drawMarkers(
  points: Series['points'],
  canvas: Canvas,
  place: Place,
  glyphs: Glyphs,
  series: number,
  count: number,
): void {
  const marker = glyphs.markers[series % glyphs.markers.length]!;
  let next = Math.round((series * MARKER_DISTANCE) / count);
  for (const [x, y] of points) {
    const column = Math.round(place.x(x) * (canvas.width - 1));
    if (y === null || column < next) continue;
    canvas.set(column, rowOf(place.y(y), canvas), marker, series);
    next = column + MARKER_DISTANCE;
  }
}

/** Draws each point by the marker of its series. */
export function drawPoints(
  points: Series['points'],
  canvas: Canvas,
  place: Place,
  glyphs: Glyphs,
  series: number,
): void {
  const marker = glyphs.markers[series % glyphs.markers.length]!;
  for (const [x, y] of points) {
    if (y !== null) canvas.set(Math.round(place.x(x) * (canvas.width - 1)), rowOf(place.y(y), canvas), marker, series);
  }
}

function rowOf(share: number, { height }: Canvas): number {
  return Math.round((1 - share) * (height - 1));
}
