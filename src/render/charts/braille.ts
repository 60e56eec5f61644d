import type { Place } from './interpolate.js';
import type { Canvas } from './canvas.js';
import type { Series } from './chart.js';
import { BRAILLE_COLUMNS, BRAILLE_ROWS, brailleDot, brailleOf } from './glyphs.js';

/** The dots of one series over a canvas. */
class Dots {
  readonly #bits = new Map<number, number>();
  readonly width: number;
  readonly height: number;

  constructor(readonly canvas: Canvas) {
    this.width = canvas.width * BRAILLE_COLUMNS;
    this.height = canvas.height * BRAILLE_ROWS;
  }

  add(x: number, y: number): void {
    const cell = Math.floor(y / BRAILLE_ROWS) * this.canvas.width + Math.floor(x / BRAILLE_COLUMNS);
    this.#bits.set(cell, (this.#bits.get(cell) ?? 0) | brailleDot(y % BRAILLE_ROWS, x % BRAILLE_COLUMNS));
  }

  draw(series: number): void {
    const { width } = this.canvas;
    for (const [cell, bits] of this.#bits)
      this.canvas.set(cell % width, Math.floor(cell / width), brailleOf(bits), series);
  }
}

/** Draws a line of dots through the points; a missing value leaves a gap. */
export function drawBrailleLine(points: Series['points'], canvas: Canvas, place: Place, series: number): void {
  const dots = new Dots(canvas);
  let before: readonly [number, number] | undefined;
  for (const [x, y] of points) {
    const at = y === null ? undefined : dotOf(x, y, dots, place);
    if (at) {
      const [fromX, fromY] = before ?? at;
      const steps = Math.max(Math.abs(at[0] - fromX), Math.abs(at[1] - fromY), 1);
      for (let i = 0; i <= steps; i++) {
        dots.add(Math.round(fromX + ((at[0] - fromX) * i) / steps), Math.round(fromY + ((at[1] - fromY) * i) / steps));
      }
    }
    before = at;
  }
  dots.draw(series);
}

/** Draws a dot for each point. */
export function drawBraillePoints(points: Series['points'], canvas: Canvas, place: Place, series: number): void {
  const dots = new Dots(canvas);
  for (const [x, y] of points) if (y !== null) dots.add(...dotOf(x, y, dots, place));
  dots.draw(series);
}

function dotOf(x: number, y: number, { width, height }: Dots, place: Place): [number, number] {
  return [Math.round(place.x(x) * (width - 1)), Math.round((1 - place.y(y)) * (height - 1))];
}
