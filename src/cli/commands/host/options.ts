import type { ReportFormat } from '../../shared/report.js';
import { type DeliveryOptions } from '../../shared/delivery-options.js';

/** The options of `telemetry host`, settings included. */
export interface HostOptions extends DeliveryOptions {
  readonly isSent: boolean;
  /** Time to wait for a server to start, in milliseconds. */
  readonly wait: number | undefined;
  /** The value of --format; by default table on a terminal, else json. */
  readonly format: ReportFormat;
}
