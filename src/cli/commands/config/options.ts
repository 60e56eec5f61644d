import type { ReportFormat } from '../../shared/report.js';

/** What `telemetry config` was asked for. */
export interface ConfigOptions {
  readonly format: ReportFormat;
}
