import { type ArchiveKindName, type Compression } from '../../../core/archive-kind.js';
import { type ArchiveCommandOptions } from '../../shared/archive-command.js';

/** What `telemetry archive convert` was asked for, settings included. */
export interface ConvertOptions extends ArchiveCommandOptions {
  readonly to: ArchiveKindName;
  /** Of the new files; undefined leaves what the store has. */
  readonly compression: Compression | undefined;
}
