#!/usr/bin/env bash
# A prepared statement of DuckDB over a Parquet file is bound again each time it runs: preparing saves nothing there.
#
# A run opens the file twice, as a text that was not prepared does: once to bind, once to read. Preparing opens it once
# more. A program that prepares a question before it asks, to look at its columns or parameters, plans it twice. If the
# file is replaced meanwhile, the result has the new columns, while the statement goes on telling of the old ones. Over a
# table that does not change, a prepared statement is planned once.
#
# Seen with @duckdb/node-api 1.5.5-r.5 on Node 20.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y > npm.log
npm install --silent --no-audit --no-fund @duckdb/node-api@1.5.5-r.5 > npm.log
cat > ask.mjs <<'JS'
import { DuckDBInstance } from '@duckdb/node-api';

const connection = await (await DuckDBInstance.create(':memory:')).connect();
await connection.run(`copy (select 1 as x) to 'events.parquet'`);
await connection.run(`call enable_logging('FileSystem')`);

/** How often the file was opened since the last call. */
async function opened() {
  const reader = await connection.runAndReadAll(
    `select count(*) from duckdb_logs_parsed('FileSystem') where op = 'OPEN' and path like '%events.parquet'`,
  );
  await connection.run('call truncate_duckdb_logs()');
  return Number(reader.getRows()[0][0]);
}

const sql = `select x from 'events.parquet'`;
await opened();
await connection.run(sql);
console.log('a text opens the file', await opened(), 'times');
const statement = await connection.prepare(sql);
console.log('preparing opens it', await opened(), 'times');
for (const run of ['first', 'second']) {
  await statement.run();
  console.log(`the ${run} run opens it`, await opened(), 'times');
}
await connection.run(`copy (select 'text' as x) to 'events.parquet'`);
const result = await statement.run();
console.log('the statement tells of', String(statement.columnType(0)), 'and returns', String(result.columnType(0)));
JS
node ask.mjs > seen
cat > expected <<'TEXT'
a text opens the file 2 times
preparing opens it 1 times
the first run opens it 2 times
the second run opens it 2 times
the statement tells of INTEGER and returns VARCHAR
TEXT
cat seen
diff expected seen
