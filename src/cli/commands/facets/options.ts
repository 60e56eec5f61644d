import type { LookOptions } from '../../shared/look-options.js';

/** The options of `telemetry facets`, settings included. `limit` is the number of values of an attribute. */
export interface FacetsOptions extends LookOptions {
  /** The attributes to show; none for all. */
  readonly attributes: readonly string[];
  /** --verbose: list the attributes that are left out. */
  readonly isVerbose: boolean;
}
