#!/usr/bin/env bash
# parquet-wasm reads a Parquet interval without its months: a year and a day become a day.
#
# A Parquet INTERVAL has months, days and milliseconds. parquet-wasm turns the column into the Arrow type
# Interval(DAY_TIME), which has days and milliseconds, and drops the rest without an error. DuckDB, which wrote the file,
# and PyArrow, which leaves the 12 bytes as they are, have all three.
#
# Seen with parquet-wasm 0.8.0 and apache-arrow 21.2.0 on Node 20, DuckDB 1.5.5 and PyArrow 26.0.1 on Python 3.11.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check duckdb==1.5.5 pyarrow==26.0.1
npm init -y > npm.log
npm install --silent --no-audit --no-fund parquet-wasm@0.8.0 apache-arrow@21.2.0 > npm.log
cat > ask.py <<'PYTHON'
import struct
import duckdb, pyarrow.parquet as pq

duckdb.sql("""
  copy (select unnest([interval '1 year 1 day', interval '2 months', interval '3 days 4.5 seconds']) as x) to 'x.parquet'
""")
print("duckdb:", [row[0] for row in duckdb.sql("select x::text from 'x.parquet'").fetchall()])
print("pyarrow, months, days, ms:", [struct.unpack("<3I", x.as_py()) for x in pq.read_table("x.parquet")["x"]])
PYTHON
cat > ask.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tableFromIPC } from 'apache-arrow';

const { readParquet } = createRequire(import.meta.url)('parquet-wasm');
const column = tableFromIPC(readParquet(readFileSync('x.parquet')).intoIPCStream()).getChild('x');
console.log(`parquet-wasm, ${column.type}:`, JSON.stringify([...column].map(x => [...x])));
JS
{
  venv/bin/python ask.py
  node ask.mjs
} > seen
cat > expected <<'TEXT'
duckdb: ['1 year 1 day', '2 months', '3 days 00:00:04.5']
pyarrow, months, days, ms: [(12, 1, 0), (2, 0, 0), (0, 3, 4500)]
parquet-wasm, Interval<DAY_TIME>: [[1,0],[0,0],[3,4500]]
TEXT
cat seen
diff expected seen
