import { type ArchiveCommandOptions } from '../../shared/archive-command.js';

/** The options of `telemetry verify`, settings included. */
export interface VerifyCommandOptions extends ArchiveCommandOptions {
  readonly deep: boolean;
  readonly repair: boolean;
}
