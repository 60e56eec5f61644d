// Bare DuckDB: approx_count_distinct over columns of the Parquet files of an archive, whole process:
// node duckdb-distinct.mjs '{"folder":"archive","without":["cases"]}'. Prints the number of columns as JSON.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

/** Columns of the files that are not attributes. */
const STORED = /^(?:id|stream_id|received_at|time|type|name|severity|payload.*|encoding|shape.*|.* sent)$/;

const { folder, without } = JSON.parse(process.argv[2]);
const files = readdirSync(folder, { recursive: true })
  .filter(name => name.endsWith('.parquet'))
  .map(name => `'${join(folder, name)}'`);
const connection = await (await DuckDBInstance.create(':memory:')).connect();
await connection.run(`create view events as select * from read_parquet([${files.join(', ')}], union_by_name = true)`);
const described = await connection.runAndReadAll('select column_name from (describe from events)');
const columns = described
  .getRows()
  .map(([name]) => String(name))
  .filter(name => !STORED.test(name) && !without.includes(name));
const list = columns.map(name => `approx_count_distinct("${name.replaceAll('"', '""')}")`);
await connection.runAndReadAll(`select ${list.join(', ')} from events`);
process.stdout.write(JSON.stringify({ columns: columns.length }));
process.exit(0);
