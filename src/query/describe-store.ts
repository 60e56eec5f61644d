import { attributeType, COMPUTED_COLUMNS, CORE_COLUMNS, type Attribute } from '../core/attribute.js';
import { rowsOf } from './rows.js';
import { openSession, type Session, type SessionOptions } from './session.js';
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

/** How many rows there are, and of each counted column, in their order, how many have a value, and one of these. */
interface Counts {
  readonly rows: number;
  readonly values: readonly { readonly count: number; readonly example: string | null }[];
}

/** The core columns that an event can be without. */
const CAN_BE_NULL: readonly string[] = [
  ...COMPUTED_COLUMNS.filter(name => name !== 'time' && name !== 'type'),
  'encoding',
];

/**
 * Lists the tables' columns with exact counts. Of sealed events the flat columns are counted; of the others each payload
 * is parsed once for its attributes and once for its name, however many there are.
 * @throws TelemetryError as {@link openSession} and {@link Session.query}.
 */
export async function describeStore(options: SessionOptions): Promise<ColumnUse[]> {
  const session = await openSession(options);
  try {
    const { sealedId } = await session.refresh();
    const types = await columnTypes(session);
    const core = CORE_COLUMNS.map(column => ({
      column,
      type: types.get(`events.${column}`) ?? '',
      value: CAN_BE_NULL.includes(column) ? quoteName(column) : undefined,
    }));
    const { attributes } = session;
    const columns = [...core, ...attributeQueries(attributes)];
    const inJournal = `(select *, ${texts(attributes.flatMap(({ paths }) => paths))} as "attribute texts"
      from events where id > ${sealedId})`;
    const journal = await countValues(session, inJournal, columns);
    const sealed = await countSealed(options, sealedId, core, attributes);
    const streams = streamColumns(types);
    return [
      ...(await describe(session, 'events', columns, sum(sealed, journal))),
      ...(await describe(session, 'streams', streams, await countValues(session, 'streams', streams))),
    ];
  } finally {
    session.close();
  }
}

/** Without rebuilding payloads: a value that no column of its segment holds is in a payload that was kept as sent. */
async function countSealed(
  options: SessionOptions,
  sealedId: number,
  core: readonly ColumnQuery[],
  attributes: readonly Attribute[],
): Promise<Counts | undefined> {
  if (sealedId === 0) return undefined;
  const session = await openSession({ ...options, rebuildsPayload: false, onDamaged: undefined });
  try {
    const flat = attributes.map(({ name, kinds }) => ({
      column: name,
      type: attributeType(kinds),
      value: quoteName(name),
    }));
    return await countValues(session, `(select * from events where id <= ${sealedId})`, [...core, ...flat]);
  } finally {
    session.close();
  }
}

function sum(a: Counts | undefined, b: Counts): Counts {
  if (!a) return b;
  const values = b.values.map(({ count, example }, i) => {
    const other = a.values[i]!;
    return { count: count + other.count, example: other.example ?? example };
  });
  return { rows: a.rows + b.rows, values };
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

function streamColumns(types: ReadonlyMap<string, string>): ColumnQuery[] {
  return [...types].flatMap(([name, type]) => {
    const [table, column] = [name.slice(0, name.indexOf('.')), name.slice(name.indexOf('.') + 1)];
    return table === 'streams' ? [{ column, type, value: quoteName(column) }] : [];
  });
}

async function countValues(session: Session, from: string, columns: readonly ColumnQuery[]): Promise<Counts> {
  const aggregates = columns.flatMap(({ value }) =>
    value === undefined ? [] : [`, count(${value}), any_value(${value})`],
  );
  const [row] = await rowsOf(await session.query(`select count(*)${aggregates.join('')} from ${from}`));
  const values = aggregates.map((_, i) => ({ count: Number(row![1 + 2 * i]), example: row![2 + 2 * i] ?? null }));
  return { rows: Number(row![0]), values };
}

async function describe(
  session: Session,
  table: 'events' | 'streams',
  columns: readonly ColumnQuery[],
  { rows, values }: Counts,
): Promise<ColumnUse[]> {
  const first = await firstRow(session, table, columns);
  let at = 0;
  return columns.map(({ column, type, value }) => {
    const use = value === undefined ? { count: rows, example: first.get(column) ?? null } : values[at++]!;
    return { table, column, type, share: rows === 0 ? 0 : use.count / rows, ...use };
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
