import type { ReportFormat } from '../../shared/report.js';

/** The options of `telemetry forward`, settings included. */
export interface ForwardCommandOptions {
  readonly name: string;
  readonly untilCurrent: boolean;
  readonly store: string;
  readonly format: ReportFormat;
}
