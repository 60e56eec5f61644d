#!/usr/bin/env bash
# DuckDB 1.5 reads a Parquet decimal of more than 38 digits as another number, without an error: 1.50 is 25165824.0.
#
# The declared precision alone decides: the same small numbers are right in a column of DECIMAL(38,2) and wrong in one
# of DECIMAL(50,2), which PyArrow writes from decimal256; zero and null excepted. Both versions of DuckDB show such a
# column as DOUBLE; the newer one has the values. PyArrow reads them exactly; Polars refuses the file.
#
# Seen with DuckDB 1.5.5 and 2.0.1, PyArrow 26.0.1 and Polars 2.1.0 on Python 3.11, Linux.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
python3 -m venv "$dir/older"
"$dir/venv/bin/pip" install -q --disable-pip-version-check pyarrow==26.0.1 duckdb==2.0.1 polars==2.1.0
"$dir/older/bin/pip" install -q --disable-pip-version-check duckdb==1.5.5
cd "$dir"
cat > write.py <<'PYTHON'
from decimal import Decimal
import pyarrow as pa, pyarrow.parquet as pq

values = [Decimal("1.50"), Decimal("-7.25"), Decimal("0.00"), None]
for precision, kind in ((38, pa.decimal128), (50, pa.decimal256)):
    pq.write_table(pa.table({"x": pa.array(values, kind(precision, 2))}), f"{precision}.parquet")
PYTHON
cat > ask.py <<'PYTHON'
import duckdb

for precision in (38, 50):
    rows = duckdb.sql(f"select x::double, typeof(x) from '{precision}.parquet'").fetchall()
    print(f"duckdb {duckdb.__version__} DECIMAL({precision},2): {[x for x, _ in rows]} as {rows[0][1]}")
PYTHON
venv/bin/python write.py
{
  older/bin/python ask.py
  venv/bin/python ask.py
  venv/bin/python <<'PYTHON'
import polars as pl, pyarrow.parquet as pq

print("pyarrow:", [None if value is None else str(value) for value in pq.read_table("50.parquet").column("x").to_pylist()])
try:
    print("polars:", pl.read_parquet("50.parquet")["x"].to_list())
except Exception as error:
    print("polars:", type(error).__name__)
PYTHON
} > seen
cat > expected <<'TEXT'
duckdb 1.5.5 DECIMAL(38,2): [1.5, -7.25, 0.0, None] as DECIMAL(38,2)
duckdb 1.5.5 DECIMAL(50,2): [25165824.0, -121467043.85, 0.0, None] as DOUBLE
duckdb 2.0.1 DECIMAL(38,2): [1.5, -7.25, 0.0, None] as DECIMAL(38,2)
duckdb 2.0.1 DECIMAL(50,2): [1.5, -7.25, 0.0, None] as DOUBLE
pyarrow: ['1.50', '-7.25', '0.00', None]
polars: InvalidOperationError
TEXT
cat seen
diff expected seen
