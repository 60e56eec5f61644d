import { type DeliveryOptions } from '../../shared/delivery-options.js';
import type { ReportFormat } from '../../shared/report.js';

/** What `telemetry send` was asked for, settings included. */
export interface SendOptions extends DeliveryOptions {
  /** The arguments that make up one event; empty when events come from stdin. */
  readonly event: readonly string[];
  /** How long to wait for a server that does not run yet, in milliseconds. */
  readonly wait: number | undefined;
  /** Undefined prints the count alone. */
  readonly format: ReportFormat | undefined;
  /** What stdin is read as: JSON values, or lines. */
  readonly type: 'json' | 'text';
  /** In bytes. */
  readonly maxEventBytes: number;
}
