import type { DuckDBConnection } from '@duckdb/node-api';
import type { Attribute, ComputedColumn } from '../../core/attribute.js';
import type { EventColumns } from '../sql/select-events.js';
import type { Catalog } from '../catalog/catalog.js';
import type { SegmentFilters } from '../catalog/segment-filters.js';
import type { NewSegment, Segment, SegmentKind } from '../catalog/segments.js';
import type { BatchShape } from '../shape/batch-shapes.js';
import type { Group } from './segment-groups.js';

/** The location of the archive, for the holder of its lock. */
export interface ArchivePlace {
  readonly dir: string;
  readonly connection: DuckDBConnection;
  readonly catalog: Catalog;
  /** Ends the wait for those who read what is written to. */
  readonly signal?: AbortSignal;
}

/** Events that a segment is to be written of: the rows of the group. */
export interface SegmentSource extends ArchivePlace {
  readonly group: Group;
  readonly batchShapes: readonly BatchShape[];
  readonly attributes: readonly Attribute[];
}

/** Segments of one format and day whose events are to be rewritten. */
export interface MergeSource extends ArchivePlace {
  /** By their first ids. */
  readonly segments: readonly Segment[];
  readonly day: string;
  /** For the name of the file: the one type of what is left, or null. */
  readonly type: string | null;
  /** Selects the events to keep: a condition over the columns id, stream_id, received_at, time and type. */
  readonly condition: string;
  /** Set when rows that are filtered by the condition come in any order: they have to be sorted. */
  readonly losesOrder?: boolean;
}

/** The inputs of the part of the `events` view over segments. */
export interface SegmentView extends EventColumns {
  readonly dir: string;
  readonly segments: readonly Segment[];
  /** All attributes that are registered. */
  readonly attributes: readonly Attribute[];
  /**
   * The templates of the segments' shapes; undefined when no payload is needed, whose place any other text may take
   * then.
   */
  readonly shapes: ReadonlyMap<number, string> | undefined;
  /** True for a statement that does not name `payload`, which may be a placeholder then. Default false. */
  readonly hidesPayload?: boolean;
  /** A condition on `id`, `received_at` and `time`. */
  readonly condition: string;
  /**
   * The core columns that are needed; undefined for all. The others have placeholders: SQL of their types that is not
   * read.
   */
  readonly core?: ReadonlySet<ComputedColumn> | undefined;
}

/** Segments whose events are to be read as they were sent. */
export type SentSource = Pick<SegmentView, 'dir' | 'segments' | 'shapes'>;

/** One way to keep sealed events. */
export interface ArchiveKind {
  readonly name: SegmentKind;
  /**
   * True for a kind that writes events again from columns: it needs the variants of shapes, and takes groups whose rows
   * have no core columns.
   */
  readonly usesShapes?: boolean;
  /** Removes what a crash left where the kind writes to, before the writes of one change. Nothing by default. */
  begin?(place: ArchivePlace): Promise<void>;
  /**
   * Writes the events of a group as a segment, in id order, and returns it for the catalog. It is on disk when this
   * resolves, and not read before it is registered.
   */
  write(source: SegmentSource): Promise<NewSegment>;
  /** Divides segments into parts that {@link merge} takes together. */
  mergeable(segments: readonly Segment[]): Segment[][];
  /** Writes the remaining events of segments as one segment, as {@link write} does. Undefined when none remain. */
  merge(source: MergeSource): Promise<NewSegment | undefined>;
  /** Queries that give the events of segments of this kind in the columns of the `events` view. */
  selects(view: SegmentView): string[];
  /**
   * True when the catalog shows that no event of a segment has one of the values in a column of the view, or any value
   * but NULL. A kind without it may hold all values.
   */
  lacks?(
    segment: Segment,
    column: string,
    values: readonly string[] | undefined,
    attributes: readonly Attribute[],
  ): boolean;
  /**
   * The names of the columns of a segment's file among whose texts are all values that a column of the view has in its
   * events. Undefined where it may have others, as in a kind without it.
   * @param column in any case
   */
  texts?(segment: Segment, column: string, attributes: readonly Attribute[]): readonly string[] | undefined;
  /** Makes the filters of a segment, which has to be undamaged. A kind without it has none. */
  filters?(place: ArchivePlace, segment: Segment): Promise<SegmentFilters>;
  /** Wraps work during which the queries of this kind can be run; by default it only calls the work. */
  reading?<T>(place: Pick<ArchivePlace, 'dir' | 'connection'>, work: () => Promise<T>): Promise<T>;
  /**
   * A query for the events of segments as they were sent: id, stream_id, received_at, payload (VARCHAR) and encoding,
   * which is `surrogate` for JSON with half of a surrogate pair. It may have more columns.
   */
  sent(source: SentSource): string;
}

/** Runs work during which the queries of a kind can be run. */
export function reading<T>(
  kind: ArchiveKind,
  place: Pick<ArchivePlace, 'dir' | 'connection'>,
  work: () => Promise<T>,
): Promise<T> {
  return kind.reading ? kind.reading(place, work) : work();
}
