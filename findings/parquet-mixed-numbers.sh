#!/usr/bin/env bash
# Two Parquet files, an integer column in one and the same column with fractions in the other, read together: DuckDB
# rounds the fractions, ClickHouse cuts them off, neither says so.
#
# Both take the types of one file for all and cast the values of the others. The sum of 1, 2, 0.5, 1.5 and 2.5 is 7.5;
# DuckDB has 7 (0.5 became 0, 1.5 and 2.5 became 2), ClickHouse 6. PyArrow and Polars refuse to read the two as one.
# DuckDB is right with union_by_name = true, ClickHouse with the structure given; its schema_inference_mode = 'union' refuses.
#
# Seen with DuckDB 1.5.5 and 2.0.1, chDB 4.4.0 (ClickHouse 26.9), PyArrow 26.0.1 and Polars 2.1.0 on Python 3.11, Linux.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
python3 -m venv "$dir/older"
"$dir/venv/bin/pip" install -q --disable-pip-version-check pyarrow==26.0.1 chdb==4.4.0 duckdb==2.0.1 polars==2.1.0
"$dir/older/bin/pip" install -q --disable-pip-version-check duckdb==1.5.5
cd "$dir"
venv/bin/python -c '
import pyarrow as pa, pyarrow.parquet as pq
pq.write_table(pa.table({"x": pa.array([1, 2], pa.int64())}), "1.parquet")
pq.write_table(pa.table({"x": pa.array([0.5, 1.5, 2.5], pa.float64())}), "2.parquet")'
cat > ask.py <<'PYTHON'
import duckdb

print("duckdb", duckdb.__version__, "sum", duckdb.sql("select sum(x) from '?.parquet'").fetchall()[0][0],
      "rows where x = 1.5:", duckdb.sql("select count(*) from '?.parquet' where x = 1.5").fetchall()[0][0],
      "by name:", duckdb.sql("select sum(x) from read_parquet('?.parquet', union_by_name = true)").fetchall()[0][0])
PYTHON
{
  older/bin/python ask.py
  venv/bin/python ask.py
  venv/bin/python <<'PYTHON'
import chdb, polars as pl, pyarrow.parquet as pq

clickhouse = lambda sql: str(chdb.query(sql, "CSV")).strip()
print("clickhouse sum", clickhouse("select sum(x) from file('?.parquet', Parquet)"),
      "structure given:", clickhouse("select sum(x) from file('?.parquet', Parquet, 'x Float64')"))
for name, read in (("polars", lambda: pl.scan_parquet("?.parquet").collect()), ("pyarrow", lambda: pq.read_table(["1.parquet", "2.parquet"]))):
    try:
        print(name, read())
    except Exception as error:
        print(name, type(error).__name__)
PYTHON
} > seen
cat > expected <<'TEXT'
duckdb 1.5.5 sum 7 rows where x = 1.5: 0 by name: 7.5
duckdb 2.0.1 sum 7 rows where x = 1.5: 0 by name: 7.5
clickhouse sum 6 structure given: 7.5
polars SchemaError
pyarrow ArrowInvalid
TEXT
cat seen
diff expected seen
