import { join } from 'node:path';
import { attributeType, KIND, type Attribute, type AttributeType } from '../../core/attribute.js';
import type { Segment, SegmentColumn } from '../../journal/segments.js';
import { attributeSql } from '../../sql/attribute.js';
import { quoteName, quoteText } from '../../sql/text.js';
import type { SegmentView, SentSource } from '../kinds.js';
import { parseTemplate } from '../template.js';
import { columnNames, DECIMAL, IN_PAYLOAD, storedValue, type NameColumn } from './columns.js';
import { coreColumnList } from './core-columns.js';
import { alike, united } from './merge.js';
import { rebuiltText } from './rebuild.js';
import { finder } from './write.js';

/** Segments that one scan reads. */
interface Scan {
  readonly segments: readonly Segment[];
  readonly columns: Readonly<Record<string, SegmentColumn>>;
}

/** Queries that give the events of segments in the view's columns, one for each set of segments whose columns agree. */
export function parquetSelects({
  dir,
  segments,
  attributes,
  columns,
  templates,
  condition,
  core,
}: SegmentView): string[] {
  const nameOf = columnNames(attributes);
  return alike(segments).map(part => {
    const scan = { segments: part, columns: united(part) };
    const files = scan.segments.map(({ file }) => quoteText(join(dir, file)));
    const attributeList = columns.map(
      attribute => `${attributeValue(attribute, scan, nameOf)} as ${quoteName(attribute.name)}`,
    );
    const list = [
      'id',
      'stream_id',
      'received_at',
      ...coreColumnList(scan.columns, attributes, core, scan.segments[0]!.format === 1),
      'payload',
      `nullif("encoding", 'surrogate') as "encoding"`,
      'received_at as insert_datetime',
      ...attributeList,
    ];
    return `select ${list.join(',\n')} from (
      select *, ${payload(scan, templates)} as payload
      from read_parquet([${files.join(', ')}], union_by_name = true, hive_partitioning = false) where ${condition})`;
  });
}

function attributeValue(attribute: Attribute, scan: Scan, nameOf: NameColumn): string {
  const type = attributeType(attribute.kinds);
  const names = [...new Set(attribute.paths.map(nameOf))];
  const columns = names.flatMap(name => (scan.columns[name] ? [{ name, ...scan.columns[name] }] : []));
  const stored = columns.filter(column => column.type !== IN_PAYLOAD);
  const values = stored.map(column => widened(storedValue(column.name, column), column.type, type));
  const inPayload = attributeSql(attribute);
  // Where payloads are not rebuilt, a rounded value tells at least that there is one.
  if (stored.some(column => isRounded(column, type))) values.unshift(inPayload);
  else if (hidesObjects(attribute, scan) || columns.some(isIncomplete)) values.push(inPayload);
  if (values.length === 0) return `null::${type}`;
  return values.length === 1 ? values[0]! : `coalesce(${values.join(', ')})`;
}

/** A DOUBLE tells neither the texts 1 and 1.0 apart nor integers past 53 bits. */
function isRounded({ type: stored }: SegmentColumn, wanted: AttributeType): boolean {
  return stored === 'DOUBLE' && wanted !== 'DOUBLE';
}

/** True where some values are in payloads only. */
function isIncomplete({ type, isPartial }: SegmentColumn): boolean {
  return type === IN_PAYLOAD || isPartial === true;
}

/** Segments of the first format do not tell which paths hold objects. */
function hidesObjects({ kinds }: Attribute, { segments }: Scan): boolean {
  return segments[0]!.format === 1 && (kinds & KIND.object) !== 0;
}

/** A stored value as the view's type, with the text that the same value has in the journal. */
function widened(name: string, stored: string, wanted: AttributeType): string {
  if (stored === wanted && stored !== 'JSON') return name;
  if (stored === 'JSON' && wanted === 'VARCHAR') return name;
  if (wanted === 'JSON') return `${name}::json`;
  // From 128 bits DuckDB rounds twice.
  if (stored === DECIMAL && wanted === 'DOUBLE') return `${name}::varchar::double`;
  // Not try_cast: a comparison with a constant is then one of the stored values.
  if (wanted === 'HUGEINT') return `${name}::hugeint`;
  return `try_cast(${name} as ${wanted})`;
}

/** A query for the events of segments as they were sent. */
export function parquetSent({ dir, segments, templates }: SentSource): string {
  return alike(segments)
    .map(part => {
      const files = part.map(({ file }) => quoteText(join(dir, file)));
      const text = rebuilt({ segments: part, columns: united(part) }, templates ?? new Map(), 'payload_sent');
      return `select id, stream_id, received_at, ${text} as payload, "encoding"
        from read_parquet([${files.join(', ')}], union_by_name = true, hive_partitioning = false)`;
    })
    .join('\nunion all\n');
}

function payload(scan: Scan, templates: ReadonlyMap<number, string> | undefined): string {
  const sent = `case when "encoding" = 'surrogate' then well_formed(payload_sent) else payload_sent end`;
  return templates ? `${rebuilt(scan, templates, sent)}::json` : `payload_sent::json`;
}

function rebuilt(scan: Scan, templates: ReadonlyMap<number, string>, sent: string): string {
  const find = finder(scan.columns);
  const shapes = new Set(scan.segments.flatMap(segment => segment.shapes));
  const cases = [...shapes].flatMap(shape => {
    const template = templates.get(shape);
    const text = template === undefined ? undefined : rebuiltText(parseTemplate(template), find);
    return text === undefined ? [] : [`when ${shape} then ${text}`];
  });
  return cases.length === 0 ? `(${sent})` : `coalesce(${sent}, case shape ${cases.join('\n')} end)`;
}
