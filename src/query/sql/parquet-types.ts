import { DuckDBTypeId as Id, type DuckDBConnection, type DuckDBType } from '@duckdb/node-api';
import { bindParameters, type Parameters } from './parameters.js';
import { messageOf } from '../../core/errors.js';
import { quoteName, quoteText } from '../../store/sql/text.js';

/**
 * SQL types to cast to before writing Parquet. DuckDB would write these as a double, to the millisecond, without the
 * offset, or not at all.
 */
const STAND_IN: ReadonlyMap<Id, string> = new Map([
  [Id.HUGEINT, 'DECIMAL(38,0)'],
  [Id.UHUGEINT, 'VARCHAR'],
  [Id.INTERVAL, 'VARCHAR'],
  [Id.TIME_TZ, 'VARCHAR'],
]);

/** In the message of the error that {@link StorableQuery.guarded} ends with. */
const NEGATIVE_ZERO = 'telemetry: negative zero';

/** A query whose rows Parquet can hold without loss. */
export interface StorableQuery {
  readonly sql: string;
  /**
   * The same, failing with an error that {@link isNegativeZero} knows where a value is -0.0. A dictionary of Parquet
   * takes -0.0 and 0.0 for one value. Undefined where a dictionary must not be used, since values within lists and
   * structs are not tested.
   */
  readonly guarded: string | undefined;
}

/** True for the error of a guarded query that met -0.0. */
export function isNegativeZero(error: unknown): boolean {
  return messageOf(error).includes(NEGATIVE_ZERO);
}

/**
 * SQL of a query whose rows Parquet can hold without loss: HUGEINT (such as `sum`) as DECIMAL(38,0), types that Parquet
 * lacks as text.
 * @throws the error of DuckDB for a query that does not bind; TelemetryError as {@link bindParameters}.
 */
export async function storableInParquet(
  connection: DuckDBConnection,
  sql: string,
  parameters: Parameters,
): Promise<StorableQuery> {
  // Types that depend on parameters are known only when it runs; with a limit of 0 it reads nothing.
  const statement = await connection.prepare(`select * from (\n${sql}\n) limit 0`);
  try {
    bindParameters(statement, parameters);
    const result = await statement.run();
    const columns = result.columnTypes().map((type, i) => ({ type, name: quoteName(result.columnName(i)) }));
    const casts = columns.flatMap(({ type, name }) =>
      isLossy(type) ? [`cast(${name} as ${storedAs(type)}) as ${name}`] : [],
    );
    const guards = columns.flatMap(({ type, name }) => (FLOATS.has(type.typeId) ? [guard(name)] : []));
    // COPY accepts DESCRIBE and SHOW only as a subquery.
    const replacing = (changes: readonly string[]): string =>
      `select * ${changes.length === 0 ? '' : `replace (${changes.join(', ')})`} from (\n${sql}\n)`;
    const isTested = columns.every(({ type }) => FLOATS.has(type.typeId) || !holdsFloats(type));
    return { sql: replacing(casts), guarded: isTested ? replacing([...casts, ...guards]) : undefined };
  } finally {
    statement.destroySync();
  }
}

const FLOATS: ReadonlySet<Id> = new Set([Id.FLOAT, Id.DOUBLE]);

function guard(name: string): string {
  return `case when ${name} = 0 and signbit(${name}) then error(${quoteText(NEGATIVE_ZERO)}) else ${name} end as ${name}`;
}

/** True when the type, or one nested in it, needs a cast. */
function isLossy(type: DuckDBType): boolean {
  return holds(type, ({ typeId }) => STAND_IN.has(typeId));
}

function holdsFloats(type: DuckDBType): boolean {
  return holds(type, ({ typeId }) => FLOATS.has(typeId));
}

/** True when a test holds for the type, or for one nested in it. */
function holds(type: DuckDBType, test: (type: DuckDBType) => boolean): boolean {
  switch (type.typeId) {
    case Id.LIST:
    case Id.ARRAY:
      return holds(type.valueType, test);
    case Id.STRUCT:
      return type.entryTypes.some(entry => holds(entry, test));
    case Id.UNION:
      return type.memberTypes.some(member => holds(member, test));
    case Id.MAP:
      return holds(type.keyType, test) || holds(type.valueType, test);
    default:
      return test(type);
  }
}

function storedAs(type: DuckDBType): string {
  switch (type.typeId) {
    case Id.LIST:
      return `${storedAs(type.valueType)}[]`;
    case Id.ARRAY:
      return `${storedAs(type.valueType)}[${type.length}]`;
    case Id.STRUCT:
      return `STRUCT(${type.entryNames.map((name, i) => `${quoteName(name)} ${storedAs(type.entryTypes[i]!)}`).join(', ')})`;
    case Id.MAP:
      return `MAP(${storedAs(type.keyType)}, ${storedAs(type.valueType)})`;
    default:
      return STAND_IN.get(type.typeId) ?? type.alias ?? String(type);
  }
}
