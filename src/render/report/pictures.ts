import { seriesColor } from '../charts/series-color.js';
import { markup, type Markup } from '../html/markup.js';

/** Counts of one kind of events in equal steps of time. */
export interface TimeSeries {
  readonly name: string;
  readonly counts: readonly number[];
}

/** The height of a picture, in its own units. */
const HEIGHT = 1000;

/** The width of a step, and the gap to the next. */
const STEP = 10;
const GAP = 1;

/** Stacked bars, one a step; the tallest fills the height. */
export function timeBars(series: readonly TimeSeries[]): Markup {
  const steps = series[0]?.counts.length ?? 0;
  const totals = Array.from({ length: steps }, (_, step) => series.reduce((sum, { counts }) => sum + counts[step]!, 0));
  const most = Math.max(1, ...totals);
  const bars = totals.flatMap((total, step) => {
    let below = 0;
    return series.flatMap(({ name, counts }, i) => {
      const count = counts[step]!;
      if (count === 0) return [];
      below += count;
      const [y, height] = [share(most - below, most), share(count, most)];
      return [
        markup`<rect x="${step * STEP}" y="${y}" width="${STEP - GAP}" height="${height}" fill="${seriesColor(i).hex}"><title>${name}: ${count} of ${total}</title></rect>`,
      ];
    });
  });
  return svg('time', steps, bars);
}

/** Bars without axes: the shape of a few numbers from 0, or from the least below. Nothing is drawn where one is missing. */
export function sparkMarkup(values: readonly (number | null)[]): Markup {
  const known = values.filter(value => value !== null);
  const least = Math.min(0, ...known);
  const range = Math.max(...known, 0) - least;
  const bars = values.flatMap((value, step) => {
    if (value === null || range === 0) return [];
    const height = share(value - least, range);
    return [markup`<rect x="${step * STEP}" y="${HEIGHT - height}" width="${STEP - GAP}" height="${height}"/>`];
  });
  return svg('spark', values.length, bars);
}

function share(part: number, all: number): number {
  return Math.round((part / all) * HEIGHT);
}

function svg(style: string, steps: number, bars: readonly Markup[]): Markup {
  return markup`<svg class="${style}" viewBox="0 0 ${Math.max(1, steps * STEP)} ${HEIGHT}" preserveAspectRatio="none">${bars}</svg>`;
}
