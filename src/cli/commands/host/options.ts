import type { ReportFormat } from '../../shared/report.js';
import { type DeliveryOptions } from '../../shared/delivery-options.js';

/** What `telemetry host` was asked for, settings included. */
export interface HostOptions extends DeliveryOptions {
  readonly isSent: boolean;
  /** How long to wait for a server that does not run yet, in milliseconds. */
  readonly wait: number | undefined;
  /** Already decided: table on a terminal, else json, unless --format was given. */
  readonly format: ReportFormat;
}
