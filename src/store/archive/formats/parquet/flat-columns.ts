import type { DuckDBConnection } from '@duckdb/node-api';
import { KIND, type Attribute } from '../../../../core/attribute.js';
import type { SegmentColumn } from '../../../catalog/segments.js';
import { inObjects } from '../../../sql/attribute.js';
import { ExtractedTexts } from '../../../sql/extracted-texts.js';
import { pointer, quoteName } from '../../../sql/text.js';
import type { BatchShape } from '../../../shape/batch-shapes.js';
import type { Group } from '../../segment-groups.js';
import {
  chooseColumns,
  columnNames,
  DECIMAL,
  IN_PAYLOAD,
  SEVERITY_COLUMN,
  SEVERITY_MARK,
  signName,
  TEXTS,
  TEXTS_COLUMN,
  type Leaf,
} from './columns.js';
import { hasSources } from './core-columns.js';
import { timeFormatOf, writtenTime } from './rebuild.js';

/** The key that `time` mostly comes from. It is not an attribute. */
const TIME_PATH = JSON.stringify(['time']);

/** The batch shapes of a group's events, with their counts. */
export function shapeRowsOf(group: Group, batchShapes: readonly BatchShape[]): ShapeRows[] {
  return [...group.batchShapes].map(([number, rows]) => ({ batchShape: batchShapes[number]!, rows }));
}

/** The paths, as JSON, that hold an object in some of the events. */
export function objectsOf(shapeRows: readonly ShapeRows[]): Set<string> {
  return new Set(
    shapeRows.flatMap(({ batchShape }) =>
      [...batchShape.leaves].flatMap(([key, { kinds }]) => (kinds & KIND.object ? [key] : [])),
    ),
  );
}

/** A batch shape and the number of its events. */
export interface ShapeRows {
  readonly batchShape: BatchShape;
  readonly rows: number;
}

/** The flat columns of a group, by name. */
export async function columnsOf(
  connection: DuckDBConnection,
  shapeRows: readonly ShapeRows[],
  group: Group,
  attributes: readonly Attribute[],
): Promise<Record<string, SegmentColumn>> {
  const leaves = new Map<string, Leaf>();
  for (const { batchShape, rows } of shapeRows) {
    for (const [key, { path, kinds, rows: ownRows, hasNegativeZero }] of batchShape.leaves) {
      if ((kinds & ~KIND.null) === 0) continue;
      const leaf = leaves.get(key) ?? { path, kinds: 0, rows: 0 };
      leaf.kinds |= kinds;
      if (kinds !== KIND.object) leaf.rows += batchShape.shape ? rows : ownRows;
      leaf.hasNegativeZero ||= hasNegativeZero === true;
      leaves.set(key, leaf);
    }
  }
  const order = new Map(attributes.flatMap(({ paths }) => paths.map((path, i) => [JSON.stringify(path), i])));
  // A key that has only held objects becomes a column of the view with its first other value. Keys with the names of
  // core columns, which these are read from, are attributes too.
  const viewed = new Set(attributes.flatMap(({ paths }) => paths.map(path => JSON.stringify(path))));
  const columns = chooseColumns(
    leaves.values(),
    group.events,
    columnNames(attributes),
    path => order.get(path) ?? 0,
    path => viewed.has(path),
  );
  if (shapeRows.some(({ batchShape }) => batchShape.hasTexts)) columns[TEXTS] = TEXTS_COLUMN;
  if (hasSources('severity', { columns, isFirstFormat: false }, attributes)) columns[SEVERITY_MARK] = SEVERITY_COLUMN;
  return signed(connection, group, columns);
}

/** Gives unsigned columns a signed type when they have a negative value, which only the values show. */
async function signed(
  connection: DuckDBConnection,
  { rows }: Group,
  columns: Record<string, SegmentColumn>,
): Promise<Record<string, SegmentColumn>> {
  const unsigned = Object.entries(columns).filter(([, { type }]) => type === 'UBIGINT');
  if (unsigned.length === 0) return columns;
  const tests = unsigned.map(([, { paths }]) => {
    const texts = paths.map(path => `json_extract_string(payload, ${pointer(JSON.parse(path) as string[])})`);
    return `bool_or(${texts.map(text => `coalesce(try_cast(${text} as hugeint) < 0, false)`).join(' or ')})`;
  });
  const reader = await connection.runAndReadAll(`select ${tests.join(', ')} from ${rows}`);
  const [isNegative] = reader.getRows();
  unsigned.forEach(([name, column], i) => {
    if (isNegative![i] === true) columns[name] = { ...column, type: DECIMAL };
  });
  return columns;
}

/** Drops the texts of `time` from the file when they can be written again from the time itself. */
export async function timed(
  connection: DuckDBConnection,
  shapeRows: readonly ShapeRows[],
  { rows }: Group,
  columns: Record<string, SegmentColumn>,
): Promise<Record<string, SegmentColumn>> {
  const [name, column] = Object.entries(columns).find(([, { paths }]) => paths[0] === TIME_PATH) ?? [];
  if (name === undefined || column?.type !== 'VARCHAR') return columns;
  const timeFormat = timeFormatOf(sampledTime(shapeRows) ?? (await firstTime(connection, rows)) ?? '');
  return timeFormat === undefined ? columns : { ...columns, [name]: { ...column, timeFormat } };
}

/** A time of the samples; undefined when they have none. */
function sampledTime(shapeRows: readonly ShapeRows[]): string | undefined {
  const found = shapeRows.find(({ batchShape }) => batchShape.sample.length > 0 && batchShape.leaves.has(TIME_PATH));
  if (!found) return undefined;
  const { time } = JSON.parse(found.batchShape.sample[0]!) as { time?: unknown };
  return typeof time === 'string' ? time : undefined;
}

async function firstTime(connection: DuckDBConnection, rows: string): Promise<string | undefined> {
  const text = `json_extract_string(payload, '/time')`;
  const reader = await connection.runAndReadAll(`select ${text} from ${rows} where ${text} is not null limit 1`);
  const time = reader.getRows()[0]?.[0];
  return typeof time === 'string' ? time : undefined;
}

/** The column of extracted texts: the name of a core column, so that it cannot be an attribute's. */
export const TEXTS_LIST = 'insert_datetime';

/** SQL for the columns that store the values of the DOUBLE column `name`, given SQL for its text. */
export type DoubleColumns = (name: string, text: string, column: SegmentColumn) => string;

const plainDouble: DoubleColumns = (name, text) => `, try_cast(${text} as double) as ${quoteName(name)}`;

/**
 * Stores the sign of -0.0 in a second column when the scan found one: a Parquet dictionary treats -0.0 and 0.0 as one
 * value. The sign is dropped before the rebuilt text is compared, so the comparison sees that it is missing.
 */
export const signColumn: DoubleColumns = (name, text, { hasNegativeZeros }) => {
  const value = `, try_cast(${text} as double) + 0.0::double as ${quoteName(name)}`;
  if (hasNegativeZeros !== true) return value;
  const isNegativeZero = `${text} like '-%' and try_cast(${text} as double) = 0`;
  return `${value}, case when ${isNegativeZero} then true end as ${quoteName(signName(name))}`;
};

/** The parts of flat columns that depend on the file format. */
export interface FlatStyle {
  readonly doubles?: DoubleColumns;
  /** The texts that the columns are taken from. */
  readonly texts?: ExtractedTexts;
  /** SQL for the text of a value at a path (as JSON), given SQL for the text that DuckDB extracts there. */
  readonly listText?: (path: string, text: string) => string;
}

/**
 * SQL that takes the flat columns from payloads, parsing each once: first a list of all values as text, then each
 * column from the list.
 */
export function flatColumns(
  columns: Readonly<Record<string, SegmentColumn>>,
  objects: ReadonlySet<string>,
  { doubles = plainDouble, texts: extracted = new ExtractedTexts(TEXTS_LIST), listText }: FlatStyle = {},
): { values: string; columns: string } {
  const list = Object.entries(columns).flatMap(([name, column]) => {
    const { type, paths, timeFormat } = column;
    if (type === IN_PAYLOAD) return [];
    const texts = paths.map(path => {
      const keys = JSON.parse(path) as string[];
      const own = extracted.at(keys);
      const text = listText?.(path, own) ?? own;
      return inObjects(
        keys,
        objects.has(path) ? `case when json_type(payload, ${pointer(keys)}) <> 'OBJECT' then ${text} end` : text,
      );
    });
    const text = texts.length === 1 ? texts[0]! : `coalesce(${texts.join(', ')})`;
    if (type === 'DOUBLE') return [doubles(name, text, column)];
    const typed = type === 'VARCHAR' || type === 'JSON' ? text : `try_cast(${text} as ${type})`;
    const kept = timeFormat === undefined ? typed : `nullif(${typed}, ${writtenTime(timeFormat)})`;
    return [`, ${kept} as ${quoteName(name)}`];
  });
  return { values: extracted.values, columns: list.join('\n') };
}
