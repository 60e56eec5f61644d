import { DuckDBTypeId as Id, type DuckDBConnection, type DuckDBType } from '@duckdb/node-api';
import { bindParameters, type Parameters } from './parameters.js';
import { quoteName } from '../../store/sql/text.js';

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

/**
 * SQL of a query whose rows Parquet can hold without loss: HUGEINT (such as `sum`) as DECIMAL(38,0), types that Parquet
 * lacks as text.
 * @throws the error of DuckDB for a query that does not bind; TelemetryError as {@link bindParameters}.
 */
export async function storableInParquet(
  connection: DuckDBConnection,
  sql: string,
  parameters: Parameters,
): Promise<string> {
  // Types that depend on parameters are known only when it runs; with a limit of 0 it reads nothing.
  const statement = await connection.prepare(`select * from (\n${sql}\n) limit 0`);
  try {
    bindParameters(statement, parameters);
    const result = await statement.run();
    const casts = result.columnTypes().flatMap((type, i) => {
      const name = quoteName(result.columnName(i));
      return isLossy(type) ? [`cast(${name} as ${storedAs(type)}) as ${name}`] : [];
    });
    // COPY accepts DESCRIBE and SHOW only as a subquery.
    return `select * ${casts.length === 0 ? '' : `replace (${casts.join(', ')})`} from (\n${sql}\n)`;
  } finally {
    statement.destroySync();
  }
}

/** True when the type, or one nested in it, needs a cast. */
function isLossy(type: DuckDBType): boolean {
  switch (type.typeId) {
    case Id.LIST:
    case Id.ARRAY:
      return isLossy(type.valueType);
    case Id.STRUCT:
      return type.entryTypes.some(isLossy);
    case Id.MAP:
      return isLossy(type.keyType) || isLossy(type.valueType);
    default:
      return STAND_IN.has(type.typeId);
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
