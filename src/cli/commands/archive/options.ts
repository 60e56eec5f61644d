import { type ArchiveKindName, type Compression } from '../../../core/archive-kind.js';
import { type ArchiveCommandOptions } from '../../shared/archive-command.js';

/** The options of `telemetry archive convert`, settings included. */
export interface ConvertOptions extends ArchiveCommandOptions {
  readonly to: ArchiveKindName;
  /** Of the new files; undefined keeps that of the store. */
  readonly compression: Compression | undefined;
}
