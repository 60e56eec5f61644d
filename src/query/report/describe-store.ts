import { attributeType, COMPUTED_COLUMNS, CORE_COLUMNS, isCoreColumn, type Attribute } from '../../core/attribute.js';
import { TelemetryError } from '../../core/errors.js';
import { typesMeant } from '../../core/type-words.js';
import { rowsOf } from '../result/rows.js';
import { openSession, type Session, type SessionOptions } from '../session.js';
import { pointer, quoteName, quoteText } from '../../store/sql/text.js';

/** A column that can be queried, and the number of its values. */
export interface ColumnUse {
  readonly table: DescribedTable;
  readonly column: string;
  readonly type: string;
  /** Rows with a value that is not null. */
  readonly count: number;
  /** Their share of the table's rows, 0 to 1. */
  readonly share: number;
  /** The first value, as text; null for a column without values. */
  readonly example: string | null;
}

/** The tables of a query; for a view of one event type, the type. */
const TABLES = { events: undefined, streams: undefined, logs: 'log', spans: 'trace', metrics: 'metric' } as const;

/** One of {@link TABLES}, or the name of another view. */
export type DescribedTable = keyof typeof TABLES | (string & {});

/** The tables or events of a store to describe. */
export interface DescribeOptions extends SessionOptions {
  /** One table; undefined is `events` and `streams`. */
  readonly table?: DescribedTable | undefined;
  /** Events of one type, or of the one that a word such as `logs` means, with the columns that have a value in one of them. */
  readonly type?: string | undefined;
}

/** A column, and SQL for its value; undefined for one that every row has, which is not counted. */
interface ColumnQuery {
  readonly column: string;
  readonly type: string;
  readonly value: string | undefined;
}

/** The number of rows, then per counted column, in order, the number of its values and an example. */
interface Counts {
  readonly rows: number;
  readonly values: readonly { readonly count: number; readonly example: string | null }[];
}

/** Core columns that are NULL for some events. */
const CAN_BE_NULL: readonly string[] = [
  ...COMPUTED_COLUMNS.filter(name => name !== 'time' && name !== 'type'),
  'encoding',
];

/**
 * Lists the tables' columns with exact counts. Sealed events are counted by their flat columns; each other payload is
 * parsed once for all its attributes and once for its name.
 * @throws TelemetryError as {@link openSession} and {@link Session.query}.
 */
export async function describeStore(options: DescribeOptions): Promise<ColumnUse[]> {
  const { table, type } = options;
  const session = await openSession(options);
  try {
    if (table === 'streams') return await describeStreams(session);
    if (table !== undefined && !Object.hasOwn(TABLES, table)) {
      refuseUnknown(table, session.tables);
      return await describeView(session, table);
    }
    const events = await describeEvents(options, session);
    if (type !== undefined) return events.filter(({ count }) => count > 0);
    if (table === undefined) return [...events, ...(await describeStreams(session))];
    const isAlways = (column: string): boolean => table === 'events' || isCoreColumn(column);
    const shown = events.filter(({ column, count }) => count > 0 || isAlways(column));
    if (table === 'events') return shown;
    const known = new Set(events.map(({ column }) => column));
    const renamed = await describeView(session, table, ({ column }) => !known.has(column));
    return [...shown, ...renamed.filter(({ count }) => count > 0)];
  } finally {
    session.close();
  }
}

/** The type of the events of a view; undefined for views of several types. */
function typeOf(table: string): string | undefined {
  return Object.hasOwn(TABLES, table) ? TABLES[table as keyof typeof TABLES] : undefined;
}

/** Describes a view by its rows. @throws TelemetryError `sql` for a name that is not one. */
async function describeView(
  session: Session,
  view: string,
  isWanted: (column: ColumnQuery) => boolean = () => true,
): Promise<ColumnUse[]> {
  const name = quoteName(view);
  const types = await rowsOf(
    await session.query(`select column_name, column_type from (describe select * from ${name})`),
  );
  const columns = types
    .map(([column, type]): ColumnQuery => ({
      column: column ?? '',
      type: type ?? '',
      value: quoteName(column ?? ''),
    }))
    .filter(isWanted);
  if (columns.length === 0) return [];
  return describe(session, view, name, columns, await countValues(session, name, columns));
}

function refuseUnknown(table: string, tables: readonly string[]): void {
  if (tables.some(name => name.toLowerCase() === table.toLowerCase())) return;
  throw new TelemetryError('usage', `there is no table or view "${table}"`, {
    remedy: `Name one of ${tables.join(', ')}, or an action on schemas: register, list, show, rm, check.`,
  });
}

async function describeStreams(session: Session): Promise<ColumnUse[]> {
  const columns = streamColumns(await columnTypes(session));
  return describe(session, 'streams', 'streams', columns, await countValues(session, 'streams', columns));
}

async function describeEvents(options: DescribeOptions, session: Session): Promise<ColumnUse[]> {
  const { table = 'events', type = typeOf(table) } = options;
  const ofType = type === undefined ? 'true' : `"type" in (${typesMeant(type).map(quoteText).join(', ')})`;
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
    from events where id > ${sealedId} and ${ofType})`;
  const journal = await countValues(session, inJournal, columns);
  const sealed = `id <= ${sealedId} and ${ofType}`;
  const counts = sealedId === 0 ? journal : sum(await countSealed(options, sealed, core, attributes), journal);
  return describe(session, table, `events where ${ofType}`, columns, counts);
}

/**
 * Counts sealed events without rebuilding payloads: a value that has no column in its segment is in a payload kept as
 * sent.
 */
async function countSealed(
  options: SessionOptions,
  condition: string,
  core: readonly ColumnQuery[],
  attributes: readonly Attribute[],
): Promise<Counts> {
  const session = await openSession({ ...options, rebuildsPayload: false, onDamaged: undefined });
  try {
    const flat = attributes.map(({ name, kinds }) => ({
      column: name,
      type: attributeType(kinds),
      value: quoteName(name),
    }));
    return await countValues(session, `(select * from events where ${condition})`, [...core, ...flat]);
  } finally {
    session.close();
  }
}

function sum(a: Counts, b: Counts): Counts {
  const values = b.values.map(({ count, example }, i) => {
    const other = a.values[i]!;
    return { count: count + other.count, example: other.example ?? example };
  });
  return { rows: a.rows + b.rows, values };
}

/** SQL that reads all attributes from a payload in one call, which parses it once. */
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
  table: DescribedTable,
  from: string,
  columns: readonly ColumnQuery[],
  { rows, values }: Counts,
): Promise<ColumnUse[]> {
  const first = await firstRow(session, from, columns);
  let at = 0;
  return columns.map(({ column, type, value }) => {
    const use = value === undefined ? { count: rows, example: first.get(column) ?? null } : values[at++]!;
    return { table, column, type, share: rows === 0 ? 0 : use.count / rows, ...use };
  });
}

/** The first row's values of the columns that every row has. */
async function firstRow(
  session: Session,
  from: string,
  columns: readonly ColumnQuery[],
): Promise<Map<string, string | null>> {
  const names = columns.filter(({ value }) => value === undefined).map(({ column }) => column);
  if (names.length === 0) return new Map();
  const [row] = await rowsOf(await session.query(`select ${names.map(quoteName).join(', ')} from ${from} limit 1`));
  return new Map(names.map((name, i) => [name, row?.[i] ?? null]));
}
