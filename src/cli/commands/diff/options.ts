import type { Micros } from '../../../core/duration.js';
import type { LookOptions } from '../../shared/look-options.js';

/** The options of `telemetry diff`, settings included. */
export interface DiffOptions extends LookOptions {
  /** --versus: a condition over the events to compare with. */
  readonly versus: string | undefined;
  /** --versus-time: the time of the events to compare with. Never given together with `versus`. */
  readonly versusTime: { readonly since: Micros; readonly until: Micros } | undefined;
  /** --verbose: list the attributes that are left out. */
  readonly isVerbose: boolean;
}
