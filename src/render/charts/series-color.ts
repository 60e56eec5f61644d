import type { ChalkInstance } from 'chalk';

/** A colour of a series: one of the 16 of every terminal theme, and the same hue for a page or a picture. */
export interface SeriesColor {
  readonly terminal: 'blue' | 'yellow' | 'green' | 'magenta' | 'cyan' | 'redBright' | 'blueBright' | 'yellowBright';
  /** `#rrggbb`, readable on white (a contrast of at least 3 : 1, WCAG 2.2, 1.4.11) */
  readonly hex: string;
}

/** Colours whose neighbours differ in hue and lightness, for readers who cannot distinguish red and green. */
const COLORS: readonly SeriesColor[] = [
  { terminal: 'blue', hex: '#2563c9' },
  { terminal: 'yellow', hex: '#b07800' },
  { terminal: 'green', hex: '#1b8a4b' },
  { terminal: 'magenta', hex: '#a2379e' },
  { terminal: 'cyan', hex: '#0c8599' },
  { terminal: 'redBright', hex: '#d9480f' },
  { terminal: 'blueBright', hex: '#5f6bd8' },
  { terminal: 'yellowBright', hex: '#6b6f1d' },
];

/** Maximum number of series that colour and marker distinguish. */
export const MAX_SERIES = COLORS.length;

/** Returns the colour of the series at this index; after {@link MAX_SERIES} they repeat. */
export function seriesColor(index: number): SeriesColor {
  return COLORS[index % COLORS.length]!;
}

/** Returns the painter of the series at this index. */
export function paintSeries(index: number, chalk: ChalkInstance): (text: string) => string {
  return chalk[seriesColor(index).terminal];
}
