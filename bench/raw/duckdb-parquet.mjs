// Bare DuckDB over the Parquet files of an archive: node duckdb-parquet.mjs '{"folder":"archive","sql":"select ... from events","only":"trace-"}'
// Prints { ms, rows } as JSON: of the query alone, once it was bound, as `telemetry query --explain` measures its own.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

const { folder, sql, only = '' } = JSON.parse(process.argv[2]);
const files = readdirSync(folder, { recursive: true })
  .filter(name => name.endsWith('.parquet') && name.includes(only))
  .map(name => `'${join(folder, name)}'`);
const connection = await (await DuckDBInstance.create(':memory:')).connect();
await connection.run('set parquet_metadata_cache = true');
await connection.run(`create view events as select * from read_parquet([${files.join(', ')}], union_by_name = true)`);
await connection.runAndReadAll(`explain ${sql}`);
const started = performance.now();
const rows = (await connection.runAndReadAll(sql)).getRowsJson();
process.stdout.write(JSON.stringify({ ms: performance.now() - started, rows }));
