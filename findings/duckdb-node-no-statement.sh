#!/usr/bin/env bash
# DuckDB's package for Node throws "Error in native callback" where a text has no statement: an empty text, a comment.
#
# extractStatements is how a program splits a script into statements. DuckDB's package for Python returns an empty list for
# the same texts, and runAndReadAll of the Node package returns an empty result. A shell or a migration tool on Node has to
# find out by other means whether a text has a statement before it asks, since the error does not tell.
#
# Seen with @duckdb/node-api 1.5.5-r.5 on Node 20, and DuckDB 1.5.5 on Python 3.11.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check duckdb==1.5.5
npm init -y > npm.log
npm install --silent --no-audit --no-fund @duckdb/node-api@1.5.5-r.5 > npm.log
cat > ask.py <<'PYTHON'
import duckdb

for sql in ["select 1; select 2", "", "-- nothing", "/* nothing */"]:
    print(f"python {sql!r}:", len(duckdb.extract_statements(sql)))
PYTHON
cat > ask.mjs <<'JS'
import { DuckDBInstance } from '@duckdb/node-api';

const connection = await (await DuckDBInstance.create(':memory:')).connect();
for (const sql of ['select 1; select 2', '', '-- nothing', '/* nothing */']) {
  const count = await connection.extractStatements(sql).then(
    statements => statements.count,
    error => error.message,
  );
  const rows = await connection.runAndReadAll(sql).then(
    reader => `${reader.getRows().length} rows`,
    error => error.message,
  );
  console.log(`node '${sql}':`, count, 'and', rows);
}
JS
{
  venv/bin/python ask.py
  node ask.mjs
} > seen
cat > expected <<'TEXT'
python 'select 1; select 2': 2
python '': 0
python '-- nothing': 0
python '/* nothing */': 0
node 'select 1; select 2': 2 and 1 rows
node '': Error in native callback and 0 rows
node '-- nothing': Error in native callback and 0 rows
node '/* nothing */': Error in native callback and 0 rows
TEXT
cat seen
diff expected seen
