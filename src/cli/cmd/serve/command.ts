import type { Durability } from '../../../journal/store.js';

/** What `telemetry serve` was asked for, settings included. */
export interface ServeOptions {
  readonly store: string;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly durability: Durability;
  /** In bytes. */
  readonly maxEventSize: number;
  readonly token: string | undefined;
  readonly allowAnonymous: boolean;
  readonly cors: readonly string[];
  readonly allowHost: readonly string[];
  /** In milliseconds. */
  readonly idleTimeout: number;
  /** In bytes of events not yet committed. */
  readonly queueSize: number;
}
