import { type ArchiveCommandOptions } from '../../shared/archive-command.js';

/** What `telemetry verify` was asked for, settings included. */
export interface VerifyCommandOptions extends ArchiveCommandOptions {
  readonly deep: boolean;
  readonly repair: boolean;
}
