// Bare DuckDB over JSON text, one event a line: node duckdb-json-file.mjs '{"file":"events.ndjson","sql":"select ... from events"}'
// The text is in `payload`; prints { ms } as JSON, of the query alone.
import { DuckDBInstance } from '@duckdb/node-api';

const { file, sql } = JSON.parse(process.argv[2]);
const connection = await (await DuckDBInstance.create(':memory:')).connect();
await connection.run(
  `create view events as select payload from read_csv('${file}', columns = {'payload': 'JSON'}, delim = '\\x01', quote = '', escape = '', header = false)`,
);
const started = performance.now();
await connection.runAndReadAll(sql);
process.stdout.write(JSON.stringify({ ms: performance.now() - started }));
