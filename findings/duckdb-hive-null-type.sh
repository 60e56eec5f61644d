#!/usr/bin/env bash
# DuckDB writes the text 'null' into a folder of its own and reads it back as NULL, in any case of its letters.
#
# `copy ... (partition_by (type))` makes the folders type=null, type=NULL and type=Null for these three texts, and one named
# __HIVE_DEFAULT_PARTITION__ for a real NULL. read_parquet takes all four for NULL, so that a partitioned copy of a table is
# not the table: rows whose key is such a text change, and cannot be told from those without one.
#
# Seen with DuckDB 1.5.5 on Python 3.11.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check duckdb==1.5.5
cat > ask.py <<'PYTHON'
import duckdb

rows = "(values (1, 'null'), (2, 'NULL'), (3, 'Null'), (4, 'nil'), (5, null)) as t(n, type)"
duckdb.sql(f"copy (from {rows}) to 'out' (format parquet, partition_by (type))")
print(duckdb.sql(f"from {rows} order by n").fetchall())
print(duckdb.sql("select n, type from read_parquet('out/*/*.parquet', hive_partitioning = true) order by n").fetchall())
PYTHON
{
  venv/bin/python ask.py
  ls out | LC_ALL=C sort
} > seen
cat > expected <<'TEXT'
[(1, 'null'), (2, 'NULL'), (3, 'Null'), (4, 'nil'), (5, None)]
[(1, None), (2, None), (3, None), (4, 'nil'), (5, None)]
type=NULL
type=Null
type=__HIVE_DEFAULT_PARTITION__
type=nil
type=null
TEXT
cat seen
diff expected seen
