import type { TrustFiles } from '../../../client/trust.js';
import { type ServeOptions } from '../../shared/serve-options.js';

/** The options of `telemetry run`, settings included. */
export interface RunOptions {
  /** The command and its arguments. */
  readonly command: readonly [string, ...string[]];
  readonly service: string | undefined;
  readonly url: string | undefined;
  /** --assert: a file of statements to check when the command has ended, absolute. */
  readonly assertFile: string | undefined;
  readonly trust: TrustFiles;
  /** For a server in this process, when none runs. */
  readonly server: ServeOptions;
}
