import { type DeliveryOptions } from '../../shared/delivery-options.js';
import type { ReportFormat } from '../../shared/report.js';

/** The options of `telemetry send`, settings included. */
export interface SendOptions extends DeliveryOptions {
  /** The arguments of one event; empty when events come from stdin. */
  readonly event: readonly string[];
  /** Time to wait for a server to start, in milliseconds. */
  readonly wait: number | undefined;
  /** Undefined prints only the count. */
  readonly format: ReportFormat | undefined;
  /** The format of stdin: JSON values, or lines. */
  readonly type: 'json' | 'text';
  /** In bytes. */
  readonly maxEventBytes: number;
}
