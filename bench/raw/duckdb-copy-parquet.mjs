// The raw operation of an export: DuckDB's own copy of a Parquet file of the same rows and columns.
// node duckdb-copy-parquet.mjs events.parquet out.parquet
import { DuckDBInstance } from '@duckdb/node-api';

const [, , file, out] = process.argv;
const connection = await (await DuckDBInstance.create(':memory:')).connect();
const text = path => `'${path.replaceAll("'", "''")}'`;
await connection.run(
  `copy (from ${text(file)}) to ${text(out)} (format parquet, compression zstd, parquet_version v2)`,
);
