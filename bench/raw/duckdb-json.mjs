// The raw operation of a query: a bare script that runs the SQL with DuckDB over the rows as NDJSON, and prints the result.
// node duckdb-json.mjs events.ndjson 'select ...'
import { DuckDBInstance } from '@duckdb/node-api';

const [, , file, sql] = process.argv;
const connection = await (await DuckDBInstance.create()).connect();
await connection.run(
  `create view events as select * from read_json('${file.replaceAll("'", "''")}', format = 'newline_delimited')`,
);
const reader = await connection.runAndReadAll(sql);
for (const row of reader.getRowObjectsJson()) process.stdout.write(JSON.stringify(row) + '\n');
