import type { TrustFiles } from '../../../client/trust.js';
import type { Member } from '../../../sources/shared/members.js';
import type { LogFormat } from '../../../sources/follow/log-reader.js';
import { type ServeOptions } from '../../shared/serve-options.js';

/** The options of `telemetry watch`, settings included. */
export interface WatchCommandOptions {
  /** Paths and glob patterns. */
  readonly names: readonly string[];
  readonly isFromStart: boolean;
  /** The format of lines; undefined for that of the previous run, initially text. */
  readonly as: LogFormat | undefined;
  /** Members to add to events that lack them. */
  readonly members: readonly Member[];
  readonly url: string | undefined;
  readonly trust: TrustFiles;
  /** For a server in this process, when none runs. */
  readonly server: ServeOptions;
}
