import type { TrustFiles } from '../../../client/trust.js';
import type { Member } from '../../../sources/shared/members.js';
import type { LogFormat } from '../../../sources/follow/log-reader.js';
import { type ServeOptions } from '../../shared/serve-options.js';

/** What `telemetry watch` was asked for, settings included. */
export interface WatchCommandOptions {
  /** Files, and patterns in quotes. */
  readonly names: readonly string[];
  readonly isFromStart: boolean;
  /** What lines are read as; undefined: as before, at first as text. */
  readonly as: LogFormat | undefined;
  /** Members that every event gets, unless it has one of the name. */
  readonly members: readonly Member[];
  readonly url: string | undefined;
  readonly trust: TrustFiles;
  /** For when no server runs. */
  readonly server: ServeOptions;
}
