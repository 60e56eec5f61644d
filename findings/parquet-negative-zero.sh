#!/usr/bin/env bash
# Zeros that readers do not find in a Parquet file, since -0.0 and 0.0 are equal and their bytes are not.
#
# PyArrow: isin([0.0]) finds no row in a file of zeros, where == 0.0 finds all. Writers store -0.0 as the least of a
# column whose least value is zero, as the Parquet format asks; PyArrow concludes that every value is -0.0, which isin,
# unlike ==, tells from 0.0. Over the same rows in memory isin is right.
#
# DuckDB 1.5.5: x = 0 does not find -0.0 in a file of ClickHouse, nor in one of its own. Both writers add a bloom filter
# of the bytes of the values by default, and DuckDB asks it for those of 0.0. DuckDB 2.0.1 finds the rows in both.
#
# Seen with PyArrow 26.0.1, DuckDB 1.5.5 and 2.0.1, chDB 4.4.0 (ClickHouse 26.9) on Python 3.11, Linux.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
python3 -m venv "$dir/older"
"$dir/venv/bin/pip" install -q --disable-pip-version-check pyarrow==26.0.1 chdb==4.4.0 duckdb==2.0.1
"$dir/older/bin/pip" install -q --disable-pip-version-check duckdb==1.5.5
cd "$dir"
venv/bin/python > seen <<'PYTHON'
import chdb, pyarrow as pa, pyarrow.dataset as ds, pyarrow.parquet as pq

rows = pa.table({"x": pa.array([0.0] * 1000, pa.float64())})
pq.write_table(rows, "zeros.parquet")
x = ds.field("x")
for name, where in (("x == 0.0", x == 0.0), ("x.isin([0.0])", x.isin([0.0])), ("x.isin([0.0, 5.0])", x.isin([0.0, 5.0]))):
    count = lambda data: data.count_rows(filter=where)
    print(f"pyarrow {name}: file {count(ds.dataset('zeros.parquet'))}, memory {count(ds.InMemoryDataset(rows))}")
chdb.query("select if(number % 2 = 0, -0.0, 1.0) as x from numbers(1000) into outfile 'signed.parquet' format Parquet")
PYTHON
cat > ask.py <<'PYTHON'
import duckdb

connection = duckdb.connect()
connection.execute("create table x as from 'signed.parquet'")
file, table = (connection.execute(f"select count(*) from {data} where x = 0").fetchall()[0][0] for data in ("'signed.parquet'", "x"))
print(f"duckdb {duckdb.__version__} x = 0, written by clickhouse: file {file}, table {table}")
connection.execute("copy x to 'own.parquet'")
file = connection.execute("select count(*) from 'own.parquet' where x = 0").fetchall()[0][0]
print(f"duckdb {duckdb.__version__} x = 0, written by itself: file {file}, table {table}")
PYTHON
older/bin/python ask.py >> seen
venv/bin/python ask.py >> seen
cat > expected <<'TEXT'
pyarrow x == 0.0: file 1000, memory 1000
pyarrow x.isin([0.0]): file 0, memory 1000
pyarrow x.isin([0.0, 5.0]): file 0, memory 1000
duckdb 1.5.5 x = 0, written by clickhouse: file 0, table 500
duckdb 1.5.5 x = 0, written by itself: file 0, table 500
duckdb 2.0.1 x = 0, written by clickhouse: file 500, table 500
duckdb 2.0.1 x = 0, written by itself: file 500, table 500
TEXT
cat seen
diff expected seen
