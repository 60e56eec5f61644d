import { type ArchiveCommandOptions } from '../../shared/archive-command.js';

/** The options of `telemetry backup`, settings included. */
export interface BackupCommandOptions extends ArchiveCommandOptions {
  /** The directory of the copy, as it was given. */
  readonly target: string;
  readonly deep: boolean;
  /** True to copy the secrets of remotes too. */
  readonly withCredentials: boolean;
}
