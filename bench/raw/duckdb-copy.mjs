// The raw operation of sealing: DuckDB's own copy of an NDJSON file to zstd Parquet, which compares nothing.
// node duckdb-copy.mjs events.ndjson out.parquet 1 (threads)
import { DuckDBInstance } from '@duckdb/node-api';

const [, , file, out, threads] = process.argv;
const connection = await (await DuckDBInstance.create(':memory:', { threads })).connect();
const text = path => `'${path.replaceAll("'", "''")}'`;
await connection.run(
  `copy (from read_json(${text(file)}, format = 'newline_delimited')) to ${text(out)} (format parquet, compression zstd)`,
);
