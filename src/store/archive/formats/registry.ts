import type { ArchiveKindName } from '../../../core/archive-kind.js';
import { TelemetryError } from '../../../core/errors.js';
import type { Attribute } from '../../../core/attribute.js';
import type { Catalog } from '../../catalog/catalog.js';
import type { Segment } from '../../catalog/segments.js';
import { csvKind } from './csv/kind.js';
import { duckdbKind } from './duckdb/kind.js';
import type { ArchiveKind, SegmentView } from '../format.js';
import { ndjsonKind } from './ndjson/kind.js';
import { parquetKind } from './parquet/kind.js';

const KINDS: readonly ArchiveKind[] = [parquetKind, ndjsonKind, csvKind, duckdbKind];

/**
 * The format of a name.
 * @throws TelemetryError `failure` for a name that this build does not know.
 */
export function kindNamed(name: string): ArchiveKind {
  const kind = KINDS.find(known => known.name === name);
  if (kind) return kind;
  throw new TelemetryError('failure', `this telemetry knows no archive of the kind "${name}"`, {
    remedy: 'Update telemetry.',
  });
}

/** Queries for the events of segments of all formats, in the columns of the `events` view. */
export function segmentSelects(view: SegmentView): string[] {
  return KINDS.flatMap(kind => {
    const segments = view.segments.filter(segment => segment.kind === kind.name);
    return segments.length === 0 ? [] : kind.selects({ ...view, segments });
  });
}

/** See {@link ArchiveKind.lacks}. */
export function segmentLacks(
  segment: Segment,
  column: string,
  values: readonly string[] | undefined,
  attributes: readonly Attribute[],
): boolean {
  return kindNamed(segment.kind).lacks?.(segment, column, values, attributes) ?? false;
}

/** See {@link ArchiveKind.texts}. */
export function segmentTexts(
  segment: Segment,
  column: string,
  attributes: readonly Attribute[],
): readonly string[] | undefined {
  return kindNamed(segment.kind).texts?.(segment, column, attributes);
}

/** The format of the store's archive, from its settings; Parquet by default. */
export function archiveKind(store: Pick<Catalog, 'setting'>): ArchiveKindName {
  return (store.setting('archive') as ArchiveKindName | undefined) ?? 'parquet';
}
