import type { TrustFiles } from '../../../client/trust.js';
import { type ServeOptions } from '../../shared/serve-options.js';

/** What `telemetry run` was asked for, settings included. */
export interface RunOptions {
  /** The command and its arguments. */
  readonly command: readonly [string, ...string[]];
  readonly service: string | undefined;
  readonly url: string | undefined;
  readonly trust: TrustFiles;
  /** For when no server runs. */
  readonly server: ServeOptions;
}
