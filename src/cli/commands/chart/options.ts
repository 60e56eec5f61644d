import type { Micros } from '../../../core/duration.js';
import type { ChartType } from '../../../render/charts/chart.js';
import type { GlyphStyle } from '../../../render/charts/glyphs.js';

/** The options of `telemetry chart`, settings included. */
export interface ChartOptions {
  readonly store: string;
  /** The SQL argument; with neither it nor `file`, SQL comes from stdin. Never both. */
  readonly sql: string | undefined;
  readonly file: string | undefined;
  readonly parameters: Readonly<Record<string, string>>;
  /** Undefined to choose by the result. */
  readonly type: ChartType | undefined;
  readonly x: string | undefined;
  readonly y: readonly string[] | undefined;
  readonly by: string | undefined;
  readonly style: GlyphStyle;
  /** The width in cells and the height in lines; undefined for those of the terminal. */
  readonly width: number | undefined;
  readonly height: number | undefined;
  /** The numbers of the chart as JSON instead of a drawing. */
  readonly isJson: boolean;
  /** The picture or page to write, absolute. */
  readonly out: string | undefined;
  readonly title: string | undefined;
  /** The time bounds, relative to the present: those given as an age move with each frame of --watch. */
  readonly bounds: () => { readonly since: Micros | undefined; readonly until: Micros | undefined };
  /** The milliseconds between two frames; undefined to draw once. */
  readonly watch: number | undefined;
  readonly tz: string | undefined;
  readonly timeout: number | undefined;
  readonly memory: number | undefined;
  readonly limit: number | undefined;
  readonly files: readonly { readonly name: string; readonly file: string }[];
}
