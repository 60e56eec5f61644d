// A bare script that asks the Parquet files of an archive once: node duckdb-ask.mjs '{"folder":"archive","sql":"select ... from events"}'
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

const { folder, sql } = JSON.parse(process.argv[2]);
const files = readdirSync(folder, { recursive: true })
  .filter(name => name.endsWith('.parquet'))
  .map(name => `'${join(folder, name)}'`);
const connection = await (await DuckDBInstance.create(':memory:')).connect();
await connection.run(`create view events as select * from read_parquet([${files.join(', ')}], union_by_name = true)`);
for (const row of (await connection.runAndReadAll(sql)).getRowObjectsJson())
  process.stdout.write(`${JSON.stringify(row)}\n`);
process.exit(0);
