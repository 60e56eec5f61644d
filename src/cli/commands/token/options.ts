import { type Scope } from '../../../core/scope.js';
import type { ReportFormat } from '../../shared/report.js';

/** What `telemetry token` can do. */
export const ACTIONS = ['create', 'list', 'revoke'] as const;

/** What `telemetry token` was asked for, settings included. */
export interface TokenOptions {
  readonly action: (typeof ACTIONS)[number];
  /** Of the token; undefined for `list`. */
  readonly name: string | undefined;
  readonly scopes: readonly Scope[];
  readonly store: string;
  /** As it was given. */
  readonly format: ReportFormat | undefined;
}
