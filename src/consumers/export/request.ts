import type { Micros } from '../../core/duration.js';
import type { ExportFormat, PartitionKey } from '../../core/export-format.js';
import type { BoundsBy } from '../../query/view/range.js';

/** The compression of a text export. */
export type TextCompression = 'none' | 'gzip' | 'zstd';

/**
 * The parts of a command that decide what an export contains. An interrupted export continues only for the same ones.
 * Times are texts, since `1h` is another moment when the command runs again.
 */
export interface ExportCommand {
  readonly format: ExportFormat;
  readonly since: string | undefined;
  readonly until: string | undefined;
  /** The time that `since` and `until` bound, and that `day` is the day of. */
  readonly by: BoundsBy;
  readonly where: string | undefined;
  /** Time zone of `where`. */
  readonly tz: string;
  readonly partitionBy: readonly PartitionKey[];
  readonly isForced: boolean;
}

/** The bounds of an export in time, as they were when it began. */
export interface ExportBounds {
  readonly since: Micros | undefined;
  readonly until: Micros | undefined;
}

/** A column of the exported rows: one of `events`, with its type there when the export began. */
export interface ExportColumn {
  readonly name: string;
  readonly type: string;
  /** SQL for its value, of a column that `events` does not have. */
  readonly sql?: string;
  /** SQL for its value as `type`, of a column that `events` has with another type. */
  readonly cast?: string;
}

/** Ids `(afterId, toId]`, which are exported in one step. */
export interface ExportPart {
  readonly afterId: number;
  readonly toId: number;
}
