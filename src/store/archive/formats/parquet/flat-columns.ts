import type { DuckDBConnection } from '@duckdb/node-api';
import { KIND, type Attribute } from '../../../../core/attribute.js';
import type { SegmentColumn } from '../../../catalog/segments.js';
import { inObjects } from '../../../sql/attribute.js';
import { pointer, quoteName } from '../../../sql/text.js';
import type { Form } from '../../../shape/batch-shapes.js';
import { EVENTS_TABLE, type Group } from '../../segment-groups.js';
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

/** The key whose value `time` mostly comes from, and which no attribute holds. */
const TIME_PATH = JSON.stringify(['time']);

/** The forms of a group's events, each with its count. */
export function formsOf(group: Group, forms: readonly Form[]): FormRows[] {
  return [...group.forms].map(([form, rows]) => ({ form: forms[form]!, rows }));
}

/** The paths, as JSON, that hold an object in some of the events. */
export function objectsOf(forms: readonly FormRows[]): Set<string> {
  return new Set(
    forms.flatMap(({ form }) => [...form.leaves].flatMap(([key, { kinds }]) => (kinds & KIND.object ? [key] : []))),
  );
}

/** A form and how many events have it. */
export interface FormRows {
  readonly form: Form;
  readonly rows: number;
}

/** The flat columns of a group, by name. */
export async function columnsOf(
  connection: DuckDBConnection,
  forms: readonly FormRows[],
  group: Group,
  attributes: readonly Attribute[],
): Promise<Record<string, SegmentColumn>> {
  const leaves = new Map<string, Leaf>();
  for (const { form, rows } of forms) {
    for (const [key, { path, kinds, rows: ownRows, hasNegativeZero }] of form.leaves) {
      if ((kinds & ~KIND.null) === 0) continue;
      const leaf = leaves.get(key) ?? { path, kinds: 0, rows: 0 };
      leaf.kinds |= kinds;
      if (kinds !== KIND.object) leaf.rows += form.template ? rows : ownRows;
      leaf.hasNegativeZero ||= hasNegativeZero === true;
      leaves.set(key, leaf);
    }
  }
  const order = new Map(attributes.flatMap(({ paths }) => paths.map((path, i) => [JSON.stringify(path), i])));
  // A key that only ever held objects becomes a column of the view with its first other value, and core columns are read
  // from keys of their own names, which are attributes too.
  const viewed = new Set(attributes.flatMap(({ paths }) => paths.map(path => JSON.stringify(path))));
  const columns = chooseColumns(
    leaves.values(),
    group.events,
    columnNames(attributes),
    path => order.get(path) ?? 0,
    path => viewed.has(path),
  );
  if (forms.some(({ form }) => form.hasTexts)) columns[TEXTS] = TEXTS_COLUMN;
  if (hasSources('severity', { columns, isFirstFormat: false }, attributes)) columns[SEVERITY_MARK] = SEVERITY_COLUMN;
  return signed(connection, group, columns);
}

/** Gives those of the columns without a sign another type where a value is negative, which only the values tell. */
async function signed(
  connection: DuckDBConnection,
  { condition }: Group,
  columns: Record<string, SegmentColumn>,
): Promise<Record<string, SegmentColumn>> {
  const unsigned = Object.entries(columns).filter(([, { type }]) => type === 'UBIGINT');
  if (unsigned.length === 0) return columns;
  const tests = unsigned.map(([, { paths }]) => {
    const texts = paths.map(path => `json_extract_string(payload, ${pointer(JSON.parse(path) as string[])})`);
    return `bool_or(${texts.map(text => `coalesce(try_cast(${text} as hugeint) < 0, false)`).join(' or ')})`;
  });
  const reader = await connection.runAndReadAll(`select ${tests.join(', ')} from ${EVENTS_TABLE} where ${condition}`);
  const [isNegative] = reader.getRows();
  unsigned.forEach(([name, column], i) => {
    if (isNegative![i] === true) columns[name] = { ...column, type: DECIMAL };
  });
  return columns;
}

/** Leaves the texts of `time` out of the file where they can be written again from the time itself. */
export async function timed(
  connection: DuckDBConnection,
  { condition }: Group,
  columns: Record<string, SegmentColumn>,
): Promise<Record<string, SegmentColumn>> {
  const [name, column] = Object.entries(columns).find(([, { paths }]) => paths[0] === TIME_PATH) ?? [];
  if (name === undefined || column?.type !== 'VARCHAR') return columns;
  const text = `json_extract_string(payload, '/time')`;
  const reader = await connection.runAndReadAll(
    `select ${text} from ${EVENTS_TABLE} where ${condition} and ${text} is not null limit 1`,
  );
  const timeFormat = timeFormatOf(String(reader.getRows()[0]?.[0]));
  return timeFormat === undefined ? columns : { ...columns, [name]: { ...column, timeFormat } };
}

/** SQL for the columns that keep the values of a DOUBLE column of this name, given SQL for its text. */
export type DoubleColumns = (name: string, text: string, column: SegmentColumn) => string;

const plainDouble: DoubleColumns = (name, text) => `, try_cast(${text} as double) as ${quoteName(name)}`;

/**
 * A Parquet dictionary takes -0.0 and 0.0 for one value. The sign goes before the comparison, which sees it missing, and
 * into a column of signs where the scan found such a value.
 */
export const signColumn: DoubleColumns = (name, text, { hasNegativeZeros }) => {
  const value = `, try_cast(${text} as double) + 0.0::double as ${quoteName(name)}`;
  if (hasNegativeZeros !== true) return value;
  const isNegativeZero = `${text} like '-%' and try_cast(${text} as double) = 0`;
  return `${value}, case when ${isNegativeZero} then true end as ${quoteName(signName(name))}`;
};

/** What of flat columns a file of one kind has its own way for. */
export interface FlatStyle {
  readonly doubles?: DoubleColumns;
  /** SQL for the text of a value at a path (as JSON), given SQL for what DuckDB extracts there. */
  readonly listText?: (path: string, text: string) => string;
}

/** SQL that takes the flat columns from payloads, which are parsed once: the values as a list of texts, and each column of it. */
export function flatColumns(
  columns: Readonly<Record<string, SegmentColumn>>,
  objects: ReadonlySet<string>,
  { doubles = plainDouble, listText }: FlatStyle = {},
): { values: string; columns: string } {
  const pointers: string[] = [];
  const list = Object.entries(columns).flatMap(([name, column]) => {
    const { type, paths, timeFormat } = column;
    if (type === IN_PAYLOAD) return [];
    const texts = paths.map(path => {
      const keys = JSON.parse(path) as string[];
      const at = pointer(keys);
      const extracted = `insert_datetime[${pointers.push(at)}]`;
      const text = listText?.(path, extracted) ?? extracted;
      return inObjects(
        keys,
        objects.has(path) ? `case when json_type(payload, ${at}) <> 'OBJECT' then ${text} end` : text,
      );
    });
    const text = texts.length === 1 ? texts[0]! : `coalesce(${texts.join(', ')})`;
    if (type === 'DOUBLE') return [doubles(name, text, column)];
    const typed = type === 'VARCHAR' || type === 'JSON' ? text : `try_cast(${text} as ${type})`;
    const kept = timeFormat === undefined ? typed : `nullif(${typed}, ${writtenTime(timeFormat)})`;
    return [`, ${kept} as ${quoteName(name)}`];
  });
  // `insert_datetime` is a core column's name, so that no attribute has it.
  const values =
    pointers.length === 0 ? '' : `, json_extract_string(payload, [${pointers.join(', ')}]) as insert_datetime`;
  return { values, columns: list.join('\n') };
}
