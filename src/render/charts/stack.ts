import type { Series } from './chart.js';

/**
 * Stacks series: each y becomes the sum of the series' own value and the values of all series below it. Between two points
 * of a series its value is interpolated linearly; before its first point and after its last it is 0.
 */
export function stackSeries(series: readonly Series[]): Series[] {
  const xs = [...new Set(series.flatMap(({ points }) => points.map(([x]) => x)))].sort((a, b) => a - b);
  let below = xs.map(() => 0);
  return series.map(({ name, points }) => {
    const at = lineThrough(points);
    below = below.map((sum, i) => sum + at(xs[i]!));
    const sums = below;
    return { name, points: xs.map((x, i) => [x, sums[i]!] as const) };
  });
}

/** The value at x, which must grow from call to call. */
function lineThrough(points: Series['points']): (x: number) => number {
  const known = points.filter((point): point is readonly [number, number] => point[1] !== null);
  let next = 0;
  return x => {
    while (next < known.length && known[next]![0] < x) next++;
    const [right, left] = [known[next], known[next - 1]];
    if (right?.[0] === x) return right[1];
    if (right === undefined || left === undefined) return 0;
    return left[1] + ((right[1] - left[1]) * (x - left[0])) / (right[0] - left[0]);
  };
}
