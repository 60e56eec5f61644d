import type { DuckDBConnection } from '@duckdb/node-api';
import type { Attribute } from '../core/attribute.js';
import type { Catalog } from '../journal/catalog.js';
import type { NewSegment, SegmentKind } from '../journal/segments.js';
import type { Form } from './forms.js';
import type { Group } from './groups.js';
import { parquetKind } from './parquet/kind.js';

/** What an archive keeps its events in; `none` leaves them all in the journal. */
export type ArchiveKindName = SegmentKind | 'none';

/** Events that a segment is to be written of: those of EVENTS_TABLE that the group names. */
export interface SegmentSource {
  readonly dir: string;
  readonly connection: DuckDBConnection;
  readonly catalog: Catalog;
  readonly group: Group;
  readonly forms: readonly Form[];
  readonly attributes: readonly Attribute[];
}

/** One way to keep sealed events. */
export interface ArchiveKind {
  readonly name: SegmentKind;
  /**
   * Writes the events of a group as a segment, in the order of their ids, and returns it for the catalog.
   * What it wrote is on disk when this resolves, and seen by no one before it is registered.
   */
  write(source: SegmentSource): Promise<NewSegment>;
}

/** The kinds that there are. */
export const ARCHIVE_KINDS: Readonly<Record<string, ArchiveKind>> = { parquet: parquetKind };
