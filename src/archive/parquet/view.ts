import { join } from 'node:path';
import { attributeType, type Attribute, type AttributeType } from '../../core/attribute.js';
import type { Segment, SegmentColumn } from '../../journal/segments.js';
import { attributeSql } from '../../sql/attribute.js';
import { quoteName, quoteText } from '../../sql/text.js';
import { parseTemplate } from '../template.js';
import { columnNames, IN_PAYLOAD, type NameColumn } from './columns.js';
import { rebuiltText } from './rebuild.js';
import { finder } from './write.js';

/** Segments whose columns agree in type, so that one scan reads them all. */
interface Scan {
  readonly segments: Segment[];
  readonly columns: Map<string, SegmentColumn>;
  /** Attributes that some of the segments have in their payloads only. */
  readonly inPayload: Set<string>;
}

/** What the view's part over Parquet segments is made from. */
export interface ParquetView {
  readonly dir: string;
  readonly segments: readonly Segment[];
  /** All attributes that are registered. */
  readonly attributes: readonly Attribute[];
  /** Those that are columns of the view. */
  readonly columns: readonly Attribute[];
  /** The templates of the segments' shapes; undefined when no payload is needed, whose place `payload_sent` takes then. */
  readonly templates: ReadonlyMap<number, string> | undefined;
  /** A condition on `id` and `received_at`. */
  readonly condition: string;
}

/** Queries that give the events of segments in the view's columns, one for each set of segments whose columns agree. */
export function parquetSelects({ dir, segments, attributes, columns, templates, condition }: ParquetView): string[] {
  const nameOf = columnNames(attributes);
  return scansOf(segments).map(scan => {
    const files = scan.segments.map(({ file }) => quoteText(join(dir, file)));
    const attributeList = columns.map(
      attribute => `${attributeValue(attribute, scan, nameOf)} as ${quoteName(attribute.name)}`,
    );
    const list = [
      'id',
      'stream_id',
      'received_at',
      '"time"',
      '"type"',
      '"name"',
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

/** Divides segments so that within each part a column has one type everywhere. */
function scansOf(segments: readonly Segment[]): Scan[] {
  const scans: Scan[] = [];
  for (const segment of segments) {
    const columns = Object.entries(segment.columns);
    const fits = (scan: Scan): boolean =>
      columns.every(([name, { type, timeFormat }]) => {
        const other = scan.columns.get(name);
        return type === IN_PAYLOAD || !other || (other.type === type && other.timeFormat === timeFormat);
      });
    let scan = scans.find(fits);
    if (!scan) scans.push((scan = { segments: [], columns: new Map(), inPayload: new Set() }));
    scan.segments.push(segment);
    for (const [name, column] of columns) {
      if (column.type === IN_PAYLOAD) scan.inPayload.add(name);
      else if (!scan.columns.has(name)) scan.columns.set(name, column);
      else
        scan.columns.set(name, { ...column, paths: [...new Set([...scan.columns.get(name)!.paths, ...column.paths])] });
    }
  }
  return scans;
}

function attributeValue(attribute: Attribute, scan: Scan, nameOf: NameColumn): string {
  const type = attributeType(attribute.kinds);
  const names = [...new Set(attribute.paths.map(nameOf))];
  const values = names.flatMap(name => {
    const column = scan.columns.get(name);
    return column ? [widened(quoteName(name), column.type, type)] : [];
  });
  if (names.some(name => scan.inPayload.has(name))) values.push(attributeSql(attribute));
  if (values.length === 0) return `null::${type}`;
  return values.length === 1 ? values[0]! : `coalesce(${values.join(', ')})`;
}

/** A stored value as the view's type, with the text that the same value has in the journal. */
function widened(name: string, stored: string, wanted: AttributeType): string {
  if (stored === wanted && stored !== 'JSON') return name;
  if (stored === 'JSON' && wanted === 'VARCHAR') return name;
  if (stored === 'DOUBLE' && wanted === 'VARCHAR') return `to_json(${name})::varchar`;
  return wanted === 'JSON' ? `${name}::json` : `try_cast(${name} as ${wanted})`;
}

function payload(scan: Scan, templates: ReadonlyMap<number, string> | undefined): string {
  const sent = `case when "encoding" = 'surrogate' then well_formed(payload_sent) else payload_sent end`;
  if (!templates) return `payload_sent::json`;
  const find = finder(Object.fromEntries(scan.columns));
  const shapes = new Set(scan.segments.flatMap(segment => segment.shapes));
  const cases = [...shapes].flatMap(shape => {
    const template = templates.get(shape);
    const text = template === undefined ? undefined : rebuiltText(parseTemplate(template), find);
    return text === undefined ? [] : [`when ${shape} then ${text}`];
  });
  return cases.length === 0 ? `(${sent})::json` : `coalesce(${sent}, case shape ${cases.join('\n')} end)::json`;
}
