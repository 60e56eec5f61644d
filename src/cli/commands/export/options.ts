import type { Micros } from '../../../core/duration.js';
import type { ExportCommand, TextCompression } from '../../../consumers/export/request.js';

/** The options of `telemetry export`, settings included. */
export interface ExportCommandOptions {
  readonly store: string;
  /** The file or folder, absolute; undefined for stdout. */
  readonly target: string | undefined;
  readonly isFolder: boolean;
  readonly compression: TextCompression;
  readonly since: Micros | undefined;
  readonly until: Micros | undefined;
  readonly command: ExportCommand;
  /** Bytes that DuckDB fills before it uses temporary files; undefined for the default of an export. */
  readonly memory: number | undefined;
}
