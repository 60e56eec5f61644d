#!/usr/bin/env bash
# COMMIT of an aborted transaction succeeds in DuckDB, and rolls back; nothing in its result tells.
#
# After an error within a transaction, each further statement fails with "Current transaction is aborted". COMMIT alone does
# not: it returns as if all were stored. PostgreSQL rolls back as well, but answers ROLLBACK to it. A program that ignores
# the error of one statement, or catches it somewhere else, has to ask another way whether its rows are there.
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
const texts = ['create table t(i int primary key)', 'begin', 'insert into t values (1)', 'insert into t values (1)', 'select 1', 'commit'];
for (const sql of [...texts, 'select count(*) from t']) {
  const said = await connection.runAndReadAll(sql).then(
    reader => JSON.stringify(reader.getRowsJson()),
    error => error.message.split(':')[0],
  );
  console.log(`${sql}: ${said}`);
}
JS
node ask.mjs > seen
cat > expected <<'TEXT'
create table t(i int primary key): []
begin: []
insert into t values (1): [["1"]]
insert into t values (1): Constraint Error
select 1: TransactionContext Error
commit: []
select count(*) from t: [["0"]]
TEXT
cat seen
diff expected seen
