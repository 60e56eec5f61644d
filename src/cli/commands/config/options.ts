import type { ReportFormat } from '../../shared/report.js';

/** The options of `telemetry config`. */
export interface ConfigOptions {
  readonly format: ReportFormat;
}
