import { type Scope } from '../../../core/scope.js';
import type { ReportFormat } from '../../shared/report.js';

/** The actions of `telemetry token`. */
export const ACTIONS = ['create', 'list', 'show', 'revoke', 'rm'] as const;

/** The options of `telemetry token`, settings included. */
export interface TokenOptions {
  readonly action: (typeof ACTIONS)[number];
  /** Of the token; undefined for `list`. */
  readonly name: string | undefined;
  readonly scopes: readonly Scope[];
  readonly store: string;
  /** The value of --format; undefined when not given. */
  readonly format: ReportFormat | undefined;
}
