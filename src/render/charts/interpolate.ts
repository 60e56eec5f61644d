import type { Canvas } from './canvas.js';
import type { Series } from './chart.js';

/** The place of a value on the axes, as a share from the left and from below. */
export interface Place {
  x(value: number): number;
  y(value: number): number;
}

/** A value of a series in a column of cells. */
export interface ColumnValue {
  readonly column: number;
  /** The height as a share from below. */
  readonly share: number;
}

/**
 * The values of a series by column, in their order: one per point, and interpolated ones in the columns between two points.
 * A missing value leaves a gap.
 * @param points ascending.
 */
export function* columnValues(points: Series['points'], canvas: Canvas, place: Place): Generator<ColumnValue> {
  let before: ColumnValue | undefined;
  for (const [x, y] of points) {
    if (y === null) {
      before = undefined;
      continue;
    }
    const column = Math.round(place.x(x) * (canvas.width - 1));
    const share = place.y(y);
    for (let between = (before?.column ?? column) + 1; between < column; between++) {
      const part = (between - before!.column) / (column - before!.column);
      yield { column: between, share: before!.share + (share - before!.share) * part };
    }
    before = { column, share };
    yield before;
  }
}
