import { type ArchiveCommandOptions } from '../../shared/archive-command.js';

/** What `telemetry backup` was asked for, settings included. */
export interface BackupCommandOptions extends ArchiveCommandOptions {
  /** The directory of the copy, as it was given. */
  readonly target: string;
  readonly deep: boolean;
}
