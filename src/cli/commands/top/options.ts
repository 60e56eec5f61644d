import type { Micros } from '../../../core/duration.js';
import type { GlyphStyle } from '../../../render/charts/glyphs.js';
import type { ReportFormat } from '../../shared/report.js';

/** The orders of operations, each with the largest first. */
export const SORTS = ['total', 'calls', 'errors', 'p50', 'p95', 'p99'] as const;

/** The options of `telemetry top`, settings included. */
export interface TopOptions {
  readonly store: string;
  readonly by: 'operation' | 'service';
  readonly sort: (typeof SORTS)[number];
  readonly where: string | undefined;
  /** Undefined for as many as fit the terminal, and all elsewhere. */
  readonly limit: number | undefined;
  readonly bounds: () => { readonly since: Micros | undefined; readonly until: Micros | undefined };
  /** The milliseconds between two frames; undefined to print once. */
  readonly watch: number | undefined;
  readonly tz: string | undefined;
  readonly memory: number | undefined;
  readonly style: GlyphStyle;
  readonly format: ReportFormat;
}
