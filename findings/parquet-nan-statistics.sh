#!/usr/bin/env bash
# DuckDB, PyArrow and ClickHouse lose the NaN rows of a Parquet file when they filter it, and DuckDB's max() as well.
#
# The least and the most of a column chunk leave NaN out, as the Parquet format asks of writers. These readers take them
# for bounds of all rows, and answer what NaN meets from the statistics alone: in a file of 1.0 and NaN every row is
# taken for 1.0. The same question about the same rows in a table is answered right (NaN is the greatest value of
# DuckDB's order, and differs from every number in all four). Polars reads the file right. DuckDB leaves the statistics
# out of files with NaN that it writes itself, so that only those of other writers are concerned.
#
# Seen with DuckDB 1.5.5 and 2.0.1 (where isnan(x) is concerned, too), PyArrow 26.0.1, chDB 4.4.0 (ClickHouse 26.9) and
# Polars 2.1.0 on Python 3.11, Linux.
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
pq.write_table(pa.table({"x": pa.array([1.0, float("nan")] * 500, pa.float64())}), "x.parquet")'
cat > ask.py <<'PYTHON'
import duckdb

connection = duckdb.connect()
connection.execute("create table x as from 'x.parquet'")
ask = lambda what: [connection.execute(f"select {what}").fetchall()[0][0] for what in (what.format("'x.parquet'"), what.format("x"))]
for where in ("x <> 1", "x > 100", "isnan(x)"):
    file, table = ask(f"count(*) from {{}} where {where}")
    print(f"duckdb {duckdb.__version__} {where}: file {file}, table {table}")
file, table = ask("max(x) from {}")
print(f"duckdb {duckdb.__version__} max(x): file {file}, table {table}")
PYTHON
{
  older/bin/python ask.py
  venv/bin/python ask.py
  venv/bin/python <<'PYTHON'
import chdb, polars as pl, pyarrow.compute as pc, pyarrow.dataset as ds, pyarrow.parquet as pq

x = ds.field("x")
for name, where in (("x != 1", x != 1.0), ("x >= 0", x >= 0.0), ("is_nan(x)", pc.is_nan(x))):
    count = lambda data: data.count_rows(filter=where)
    print(f"pyarrow {name}: file {count(ds.dataset('x.parquet'))}, table {count(ds.InMemoryDataset(pq.read_table('x.parquet')))}")
clickhouse = lambda sql: str(chdb.query(sql, "CSV")).strip()
print(f"clickhouse x != 1: file {clickhouse('''select count() from file('x.parquet', Parquet) where x != 1''')},",
      f"countIf {clickhouse('''select countIf(x != 1) from file('x.parquet', Parquet)''')}")
print(f"polars x != 1: file {pl.scan_parquet('x.parquet').filter(pl.col('x') != 1.0).select(pl.len()).collect().item()}")
PYTHON
} > seen
cat > expected <<'TEXT'
duckdb 1.5.5 x <> 1: file 0, table 500
duckdb 1.5.5 x > 100: file 0, table 500
duckdb 1.5.5 isnan(x): file 500, table 500
duckdb 1.5.5 max(x): file 1.0, table nan
duckdb 2.0.1 x <> 1: file 0, table 500
duckdb 2.0.1 x > 100: file 0, table 500
duckdb 2.0.1 isnan(x): file 0, table 500
duckdb 2.0.1 max(x): file 1.0, table nan
pyarrow x != 1: file 0, table 500
pyarrow x >= 0: file 1000, table 500
pyarrow is_nan(x): file 0, table 500
clickhouse x != 1: file 0, countIf 500
polars x != 1: file 500
TEXT
cat seen
diff expected seen
