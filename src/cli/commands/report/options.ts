import type { Micros } from '../../../core/duration.js';
import type { Detector } from '../../../processors/redact/detectors.js';

/** The formats of `telemetry report`. */
export const REPORT_FORMATS = ['html', 'json'] as const;

/** The options of `telemetry report`, settings included. */
export interface ReportOptions {
  readonly store: string;
  readonly since: Micros | undefined;
  readonly until: Micros | undefined;
  readonly title: string | undefined;
  /** The most traces with a waterfall. */
  readonly traces: number;
  /** The most rows of a table. */
  readonly limit: number;
  /** Values of these forms are replaced in every text of the report. */
  readonly redact: readonly Detector[];
  readonly format: (typeof REPORT_FORMATS)[number];
  /** The file to write, absolute; undefined for stdout. */
  readonly out: string | undefined;
  readonly tz: string | undefined;
}
