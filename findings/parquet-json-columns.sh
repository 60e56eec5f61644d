#!/usr/bin/env bash
# A Parquet column of the logical type JSON, as DuckDB writes it, comes back in four forms: text from DuckDB and PyArrow,
# bytes from Polars, parsed values from fastparquet and hyparquet, and parsing changes them.
#
# hyparquet rounds an integer past 53 bits, both parsers keep the last of two equal keys and turn 1.50 into 1.5. The same
# text in a column of the logical type STRING arrives unchanged in all five: cast JSON to VARCHAR before COPY for them.
#
# Seen with DuckDB 1.5.5, PyArrow 26.0.1, Polars 2.1.0 and fastparquet 2026.9.0 on Python 3.11, hyparquet 1.33.0 on Node 20.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check duckdb==1.5.5 pyarrow==26.0.1 polars==2.1.0 fastparquet==2026.9.0
npm init -y > npm.log
npm install --silent --no-audit --no-fund hyparquet@1.33.0 > npm.log
cat > ask.py <<'PYTHON'
import duckdb, fastparquet, polars, pyarrow.parquet

text = '{"order":12345678901234567890,"price":1.50,"retry":1,"retry":2}'
duckdb.sql(f"copy (select '{text}'::json as j, '{text}' as s) to 'f.parquet' (format parquet)")
frame = fastparquet.ParquetFile("f.parquet").to_pandas()
readers = {
    "duckdb": duckdb.sql("from 'f.parquet'").fetchall()[0],
    "pyarrow": [column[0].as_py() for column in pyarrow.parquet.read_table("f.parquet").columns],
    "polars": polars.read_parquet("f.parquet").rows()[0],
    "fastparquet": [frame[name][0] for name in ("j", "s")],
}
for name, (json, string) in readers.items():
    print(name, "JSON:", json, "STRING unchanged:", string == text)
PYTHON
cat > ask.mjs <<'JS'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';

const [{ j, s }] = await parquetReadObjects({ file: await asyncBufferFromFile('f.parquet') });
const text = '{"order":12345678901234567890,"price":1.50,"retry":1,"retry":2}';
console.log('hyparquet JSON:', JSON.stringify(j), 'STRING unchanged:', s === text);
JS
{
  venv/bin/python ask.py
  node ask.mjs
} > seen
cat > expected <<'TEXT'
duckdb JSON: {"order":12345678901234567890,"price":1.50,"retry":1,"retry":2} STRING unchanged: True
pyarrow JSON: {"order":12345678901234567890,"price":1.50,"retry":1,"retry":2} STRING unchanged: True
polars JSON: b'{"order":12345678901234567890,"price":1.50,"retry":1,"retry":2}' STRING unchanged: True
fastparquet JSON: {'order': 12345678901234567890, 'price': 1.5, 'retry': 2} STRING unchanged: True
hyparquet JSON: {"order":12345678901234567000,"price":1.5,"retry":2} STRING unchanged: true
TEXT
cat seen
diff expected seen
