import { join } from 'node:path';
import {
  attributeType,
  COMPUTED_COLUMNS,
  KIND,
  type Attribute,
  type AttributeType,
  type ComputedColumn,
} from '../../../../core/attribute.js';
import type { Segment, SegmentColumn } from '../../../catalog/segments.js';
import { attributeSql } from '../../../sql/attribute.js';
import { PAYLOAD_PLACEHOLDER } from '../../../sql/placeholder.js';
import { eventColumnList } from '../../../sql/select-events.js';
import { quoteText } from '../../../sql/text.js';
import type { SegmentView, SentSource } from '../../format.js';
import { parseShape } from '../../../shape/shape.js';
import { columnNames, DECIMAL, IN_PAYLOAD, storedValue, type NameColumn } from './columns.js';
import { coreColumnSql, corePaths, coreSources } from './core-columns.js';
import { alike, united } from './merge.js';
import { PATCH_COLUMN, rebuiltText, SharedTexts } from './rebuild.js';
import { finder } from './shapes.js';

/** Segments that one scan reads. */
interface Scan {
  readonly segments: readonly Segment[];
  readonly columns: Readonly<Record<string, SegmentColumn>>;
}

const ALL_CORE: ReadonlySet<ComputedColumn> = new Set(COMPUTED_COLUMNS);

/** SQL that reads the column `payload`, and not only one whose name begins so. */
const READS_PAYLOAD = /\bpayload\b(?![\^/])/;

/**
 * Queries for the events of segments in the view's columns, one for each set of segments whose columns agree. A view
 * without payloads reads few columns of the files, and the types of the others do not matter: one scan of many files
 * takes DuckDB less time than many scans.
 */
export function parquetSelects(view: SegmentView): string[] {
  const { segments, attributes, core, hidesPayload = false } = view;
  const keyOf = core && ((segment: Segment) => coreSources(segment, attributes, core));
  const whole = (part: readonly Segment[]): string[] => alike(part, keyOf).map(some => scanSelect(view, some).sql);
  if (!hidesPayload || segments.some(({ format }) => format === 1)) return whole(segments);
  return alike(segments, keyOf, columnsRead(view)).flatMap(part => {
    const { sql, rebuilds } = scanSelect(view, part);
    return rebuilds ? whole(part) : [sql];
  });
}

/** Tells which columns of its files a view reads to show its columns other than the payload. */
function columnsRead({ attributes, columns, core = ALL_CORE }: SegmentView): (column: SegmentColumn) => boolean {
  const shown = columns.flatMap(attribute => attribute.paths.map(path => JSON.stringify(path)));
  const paths = new Set([...shown, ...corePaths(attributes, core)]);
  return column => column.paths.some(path => paths.has(path));
}

/** A query for the events of segments that one scan reads; `rebuilds` tells that it reads payloads. */
function scanSelect(view: SegmentView, segments: readonly Segment[]): { sql: string; rebuilds: boolean } {
  const { dir, attributes, columns, leftOut, shapes, condition, core: needed, hidesPayload } = view;
  const nameOf = columnNames(attributes);
  const scan = { segments, columns: united(segments) };
  const isFirstFormat = segments[0]!.format === 1;
  const files = segments.map(({ file }) => quoteText(join(dir, file)));
  const values = columns.map(attribute => attributeValue(attribute, scan, nameOf));
  const core = {
    ...coreColumnSql({ columns: scan.columns, isFirstFormat }, attributes, needed),
    encoding: `nullif("encoding", 'surrogate')`,
  };
  const computed = COMPUTED_COLUMNS.filter(name => leftOut?.has(name) !== true).map(name => core[name]);
  const rebuilds = hidesPayload !== true || [...computed, ...values].some(sql => READS_PAYLOAD.test(sql));
  const list = eventColumnList(view, rebuilds ? core : { ...core, payload: PAYLOAD_PLACEHOLDER }, values);
  const all = `read_parquet([${files.join(', ')}], union_by_name = true, hive_partitioning = false)`;
  // The first format stores times by older rules: the condition applies to the computed time.
  if (isFirstFormat) {
    const rows = rebuilds ? payload(scan, shapes, `(from ${all})`) : all;
    return { sql: `select * from (select ${list} from ${rows}) where ${condition}`, rebuilds };
  }
  const rows = rebuilds
    ? payload(scan, shapes, `(select * from ${all} where ${condition})`)
    : `${all} where ${condition}`;
  return { sql: `select ${list} from ${rows}`, rebuilds };
}

function attributeValue(attribute: Attribute, scan: Scan, nameOf: NameColumn): string {
  const type = attributeType(attribute.kinds);
  const names = [...new Set(attribute.paths.map(nameOf))];
  const columns = names.flatMap(name => (scan.columns[name] ? [{ name, ...scan.columns[name] }] : []));
  const stored = columns.filter(column => column.type !== IN_PAYLOAD);
  const values = stored.map(column => viewedValue(column, type));
  const inPayload = attributeSql(attribute);
  const isLacking = hidesObjects(attribute, scan) || columns.some(isIncomplete);
  // An object at one path takes precedence over the stored value of another. Where payloads are not rebuilt, a rounded
  // value still shows that there is one.
  const isWrong = stored.some(column => isRounded(column, type)) || (isLacking && attribute.paths.length > 1);
  if (isWrong) values.unshift(inPayload);
  else if (isLacking) values.push(inPayload);
  if (values.length === 0) return `null::${type}`;
  return values.length === 1 ? values[0]! : `coalesce(${values.join(', ')})`;
}

/** SQL for a stored value in the view's type. Lists kept as sent get DuckDB's style. */
function viewedValue(column: SegmentColumn & { readonly name: string }, wanted: AttributeType): string {
  const value = storedValue(column.name, column);
  if (column.isAsSent !== true) return widened(value, column.type, wanted);
  return wanted === 'JSON' ? `json(${value})` : `json(${value})::varchar`;
}

/** True for a DOUBLE read as another type: it distinguishes neither the texts 1 and 1.0 nor integers past 53 bits. */
function isRounded({ type: stored }: SegmentColumn, wanted: AttributeType): boolean {
  return stored === 'DOUBLE' && wanted !== 'DOUBLE';
}

/** True when some values are in payloads only. */
function isIncomplete({ type, isPartial }: SegmentColumn): boolean {
  return type === IN_PAYLOAD || isPartial === true;
}

/**
 * True when objects of the attribute may be in payloads: segments of the first format do not record which paths hold
 * objects.
 */
function hidesObjects({ kinds }: Attribute, { segments }: Scan): boolean {
  return segments[0]!.format === 1 && (kinds & KIND.object) !== 0;
}

/** SQL for a stored value in the view's type, with the text that the same value has in the journal. */
function widened(name: string, stored: string, wanted: AttributeType): string {
  if (stored === wanted && stored !== 'JSON') return name;
  if (stored === 'JSON' && wanted === 'VARCHAR') return name;
  if (wanted === 'JSON') return `${name}::json`;
  // From 128 bits DuckDB rounds twice.
  if (stored === DECIMAL && wanted === 'DOUBLE') return `${name}::varchar::double`;
  // Not try_cast: a comparison with a constant then applies to the stored values.
  if (wanted === 'HUGEINT') return `${name}::hugeint`;
  return `try_cast(${name} as ${wanted})`;
}

/** A query for the events of segments as sent. */
export function parquetSent({ dir, segments, shapes }: SentSource): string {
  return alike(segments)
    .map(part => {
      const files = part.map(({ file }) => quoteText(join(dir, file)));
      const rows = `read_parquet([${files.join(', ')}], union_by_name = true, hive_partitioning = false)`;
      const { text, source } = rebuilt({ segments: part, columns: united(part) }, shapes ?? new Map(), rows);
      return `select id, stream_id, received_at, coalesce(payload_sent, ${text}) as payload, "encoding" from ${source}`;
    })
    .join('\nunion all\n');
}

/** SQL for the rows of segments, with `payload`. */
function payload(scan: Scan, shapes: ReadonlyMap<number, string> | undefined, rows: string): string {
  const sent = `case when "encoding" = 'surrogate' then well_formed(payload_sent) else payload_sent end`;
  if (!shapes) return `(select *, payload_sent::json as payload from ${rows})`;
  const { text, source } = rebuilt(scan, shapes, rows);
  return `(select *, coalesce(${sent}, ${text})::json as payload from ${source})`;
}

/** SQL for the text of rebuilt events, and for the rows that it reads. */
function rebuilt(scan: Scan, shapeTexts: ReadonlyMap<number, string>, rows: string): { text: string; source: string } {
  const find = finder(scan.columns);
  const shapes = [...new Set(scan.segments.flatMap(segment => segment.shapes))];
  const shared = new SharedTexts(shapes.length);
  const cases = shapes.flatMap(number => {
    const shape = shapeTexts.get(number);
    const text = shape === undefined ? undefined : rebuiltText(parseShape(shape), find, shared);
    return text === undefined ? [] : [`when ${number} then ${text}`];
  });
  if (cases.length === 0) return { text: 'null::varchar', source: rows };
  const text = `case shape ${cases.join('\n')} end`;
  const source = shared.source(rows);
  if (scan.segments[0]!.format === 1) return { text, source };
  return {
    text: `case when ${PATCH_COLUMN} is null then "payload^again" else slot_patched("payload^again", ${PATCH_COLUMN}) end`,
    source: `(select *, ${text} as "payload^again" from ${source})`,
  };
}
