import { attributeType, CORE_COLUMNS, type Attribute } from '../core/attribute.js';
import { rowsOf } from './rows.js';
import type { Session } from './session.js';
import { pointer, quoteName } from '../sql/text.js';

/** A column that can be queried, and how often it has a value. */
export interface ColumnUse {
  readonly table: 'events' | 'streams';
  readonly column: string;
  readonly type: string;
  /** Rows with a value that is not null. */
  readonly count: number;
  /** Their share of the table's rows, 0 to 1. */
  readonly share: number;
  /** The first value, as text; null when there is none. */
  readonly example: string | null;
}

/** A column, and SQL for its value; undefined for one that every row has, which is not counted. */
interface ColumnQuery {
  readonly column: string;
  readonly type: string;
  readonly value: string | undefined;
}

/** The core columns that an event can be without. */
const CAN_BE_NULL: readonly string[] = ['name', 'encoding'];

/**
 * Lists the tables' columns with exact counts, in one pass over each table. Each payload is parsed once for its
 * attributes and once for its name, however many there are.
 * @throws TelemetryError as {@link Session.query}.
 */
export async function describeStore(session: Session): Promise<ColumnUse[]> {
  const types = await columnTypes(session);
  const core = CORE_COLUMNS.map(column => ({
    column,
    type: types.get(`events.${column}`) ?? '',
    value: CAN_BE_NULL.includes(column) ? quoteName(column) : undefined,
  }));
  const paths = session.attributes.flatMap(attribute => attribute.paths);
  const attributes = attributeQueries(session.attributes);
  const events = `(select *, ${texts(paths)} as "attribute texts" from events)`;
  const streams = [...types].flatMap(([name, type]) => {
    const [table, column] = [name.slice(0, name.indexOf('.')), name.slice(name.indexOf('.') + 1)];
    return table === 'streams' ? [{ column, type, value: quoteName(column) }] : [];
  });
  return [
    ...(await countColumns(session, 'events', events, [...core, ...attributes])),
    ...(await countColumns(session, 'streams', 'streams', streams)),
  ];
}

/** All attributes are taken from a payload by one call, which parses it once. */
function texts(paths: readonly (readonly string[])[]): string {
  return paths.length === 0 ? 'null' : `json_extract_string(payload, [${paths.map(pointer).join(', ')}])`;
}

function attributeQueries(attributes: readonly Attribute[]): ColumnQuery[] {
  let index = 0;
  return attributes.map(({ name, paths, kinds }) => {
    const values = paths.map(() => `"attribute texts"[${++index}]`);
    return { column: name, type: attributeType(kinds), value: `coalesce(${values.join(', ')})` };
  });
}

async function columnTypes(session: Session): Promise<Map<string, string>> {
  const rows = await rowsOf(
    await session.query(
      `select table_name || '.' || column_name, data_type from information_schema.columns
     where table_name in ('events', 'streams') order by table_name, ordinal_position`,
    ),
  );
  return new Map(rows.map(([name, type]) => [name ?? '', type ?? '']));
}

async function countColumns(
  session: Session,
  table: 'events' | 'streams',
  from: string,
  columns: readonly ColumnQuery[],
): Promise<ColumnUse[]> {
  const first = await firstRow(session, table, columns);
  const counts = columns.flatMap(({ value }) => (value === undefined ? [] : [value]));
  const aggregates = counts.map(value => `, count(${value}), any_value(${value})`);
  const [row] = await rowsOf(await session.query(`select count(*)${aggregates.join('')} from ${from}`));
  const rows = Number(row![0]);
  let at = 1;
  return columns.map(({ column, type, value }) => {
    const [count, example] = value === undefined ? [rows, first.get(column)] : [Number(row![at++]), row![at++]];
    return { table, column, type, count, share: rows === 0 ? 0 : count / rows, example: example ?? null };
  });
}

/** The first row's values of the columns that every row has. */
async function firstRow(
  session: Session,
  table: string,
  columns: readonly ColumnQuery[],
): Promise<Map<string, string | null>> {
  const names = columns.filter(({ value }) => value === undefined).map(({ column }) => column);
  if (names.length === 0) return new Map();
  const [row] = await rowsOf(await session.query(`select ${names.map(quoteName).join(', ')} from ${table} limit 1`));
  return new Map(names.map((name, i) => [name, row?.[i] ?? null]));
}
