import type { DuckDBConnection } from '@duckdb/node-api';
import { KIND, type Attribute } from '../../core/attribute.js';
import type { SegmentColumn } from '../../journal/segments.js';
import { inObjects } from '../../sql/attribute.js';
import { pointer, quoteName, quoteText } from '../../sql/text.js';
import { EVENTS_TABLE, type Group } from '../groups.js';
import type { Form } from '../forms.js';
import { printTemplate } from '../template.js';
import { chooseColumns, columnNames, DECIMAL, IN_PAYLOAD, signName, storedNames, type Leaf } from './columns.js';
import { parquetOptions } from './options.js';
import { rebuiltText, timeFormatOf, writtenTime, type FindColumn } from './rebuild.js';
import { withSharedTypes } from './shared-type.js';

/** Shapes that one segment is rebuilt with; more would take a query long to bind. */
const MAX_SHAPES = 200;

/** With at most so many forms in a segment, each is numbered; with more, only those of one event in a thousand. */
const FEW_FORMS = 64;
const RARE_SHARE = 1000;

/** The key whose value `time` mostly comes from, and which no attribute holds. */
const TIME_PATH = JSON.stringify(['time']);

/** What a Parquet file of events is made from. */
export interface ParquetSource {
  readonly group: Group;
  readonly forms: readonly Form[];
  readonly attributes: readonly Attribute[];
  /** Numbers templates, and says which it takes no more. */
  readonly number: (templates: readonly string[]) => ReadonlyMap<string, number>;
}

/** What is in a written file beside the columns that all have. */
export interface ParquetContents {
  readonly columns: Readonly<Record<string, SegmentColumn>>;
  readonly shapes: readonly number[];
}

/**
 * Writes the group's events to a Parquet file: core columns, flat columns, `shape`, and `payload_sent`, which is NULL
 * where the same statement found that the columns give back exactly what was sent. The rows keep the order of
 * EVENTS_TABLE, that of their ids: sorting would hold them all at once.
 */
export async function writeParquet(
  connection: DuckDBConnection,
  { group, forms, attributes, number }: ParquetSource,
  file: string,
): Promise<ParquetContents> {
  const ofGroup = formsOf(group, forms);
  const ownTypes = await timed(connection, group, await columnsOf(connection, ofGroup, group, attributes));
  const columns = await withSharedTypes(connection, group, ownTypes, attributes);
  const find = finder(columns);
  const objects = objectsOf(ofGroup);
  const rebuilt = numbered(ofGroup, group.events, find, number);
  const numbers = forms.map(({ number: form }) => rebuilt.find(shape => shape.form === form)?.shape ?? 'null');
  const cases = rebuilt.map(({ form, sql }) => `when ${form} then ${sql}`).join('\n');
  const list = flatColumns(columns, objects, signColumn);
  const names = storedNames(columns);
  await connection.run(
    `copy (
       select id, stream_id, received_at, "time", "type", "name",
         case when "payload^sent" is null then "encoding" else 'surrogate' end as "encoding",
         ([${numbers.join(', ')}]::integer[])["payload^form" + 1] as shape,
         ${names.map(name => `${quoteName(name)},`).join(' ')}
         case when "payload^sent" is null ${cases === '' ? 'and false' : `and case "payload^form" ${cases} end = payload`}
           then null else coalesce("payload^sent", payload) end as payload_sent
       from (
         select id, stream_id, received_at, "time", "type", "name", "encoding", payload, form as "payload^form",
           sent as "payload^sent" ${list.columns}
         from (select * ${list.values} from ${EVENTS_TABLE} where ${group.condition})
       )
     ) to ${quoteText(file)} (${parquetOptions(names.length, Object.values(group.types))})`,
  );
  return { columns, shapes: rebuilt.map(({ shape }) => shape) };
}

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
  const columns = chooseColumns(leaves.values(), group.events, columnNames(attributes), path => order.get(path) ?? 0);
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
async function timed(
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

/** Finds the column of a path among a segment's; those whose values are in payload only are none. */
export function finder(columns: Readonly<Record<string, SegmentColumn>>): FindColumn {
  const byPath = new Map(
    Object.entries(columns).flatMap(([name, column]) =>
      column.type === IN_PAYLOAD ? [] : column.paths.map(path => [path, { ...column, name }] as const),
    ),
  );
  return path => byPath.get(JSON.stringify(path));
}

/** The forms that get a shape's number, and the SQL that rebuilds each. */
function numbered(
  forms: readonly FormRows[],
  events: number,
  find: FindColumn,
  number: ParquetSource['number'],
): { form: number; shape: number; sql: string }[] {
  const common = forms
    .filter(({ form, rows }) => form.template && (forms.length <= FEW_FORMS || rows * RARE_SHARE >= events))
    .sort((a, b) => b.rows - a.rows)
    .slice(0, MAX_SHAPES)
    .flatMap(({ form }) => {
      const sql = rebuiltText(form.template!, find);
      return sql === undefined ? [] : [{ form: form.number, sql, template: printTemplate(form.template!) }];
    });
  const numbers = number(common.map(({ template }) => template));
  return common.flatMap(({ form, sql, template }) => {
    const shape = numbers.get(template);
    return shape === undefined ? [] : [{ form, shape, sql }];
  });
}

/** SQL for the columns that keep the values of a DOUBLE column of this name, given SQL for its text. */
type DoubleColumns = (name: string, text: string, column: SegmentColumn) => string;

const plainDouble: DoubleColumns = (name, text) => `, try_cast(${text} as double) as ${quoteName(name)}`;

/**
 * A Parquet dictionary takes -0.0 and 0.0 for one value. The sign goes before the comparison, which sees it missing, and
 * into a column of signs where the scan found such a value.
 */
const signColumn: DoubleColumns = (name, text, { hasNegativeZeros }) => {
  const value = `, try_cast(${text} as double) + 0.0::double as ${quoteName(name)}`;
  if (hasNegativeZeros !== true) return value;
  const isNegativeZero = `${text} like '-%' and try_cast(${text} as double) = 0`;
  return `${value}, case when ${isNegativeZero} then true end as ${quoteName(signName(name))}`;
};

/** SQL that takes the flat columns from payloads, which are parsed once: the values as a list of texts, and each column of it. */
export function flatColumns(
  columns: Readonly<Record<string, SegmentColumn>>,
  objects: ReadonlySet<string>,
  doubleColumns: DoubleColumns = plainDouble,
): { values: string; columns: string } {
  const pointers: string[] = [];
  const list = Object.entries(columns).flatMap(([name, column]) => {
    const { type, paths, timeFormat } = column;
    if (type === IN_PAYLOAD) return [];
    const texts = paths.map(path => {
      const keys = JSON.parse(path) as string[];
      const at = pointer(keys);
      const text = `insert_datetime[${pointers.push(at)}]`;
      return inObjects(
        keys,
        objects.has(path) ? `case when json_type(payload, ${at}) <> 'OBJECT' then ${text} end` : text,
      );
    });
    const text = texts.length === 1 ? texts[0]! : `coalesce(${texts.join(', ')})`;
    if (type === 'DOUBLE') return [doubleColumns(name, text, column)];
    const typed = type === 'VARCHAR' || type === 'JSON' ? text : `try_cast(${text} as ${type})`;
    const kept = timeFormat === undefined ? typed : `nullif(${typed}, ${writtenTime(timeFormat)})`;
    return [`, ${kept} as ${quoteName(name)}`];
  });
  // `insert_datetime` is a core column's name, so that no attribute has it.
  const values =
    pointers.length === 0 ? '' : `, json_extract_string(payload, [${pointers.join(', ')}]) as insert_datetime`;
  return { values, columns: list.join('\n') };
}
