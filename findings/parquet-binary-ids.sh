#!/usr/bin/env bash
# DuckDB 1.5 does not find binary ids in a Parquet file, its own included: id = a BLOB has no row.
#
# The file has a bloom filter of the bytes, which DuckDB writes with a dictionary and ClickHouse by default, and DuckDB
# takes a BLOB with bytes other than printable ASCII for absent, as if it asked for the value as printed. A join with one
# id loses its rows, too. A condition on hex(id), a list of two ids, and a table of the same rows find them.
#
# Seen with DuckDB 1.5.5 and 1.5.6 (2.0.1 is right) and chDB 4.4.0 (ClickHouse 26.9) on Python 3.11, Linux.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
for version in 1.5.5 1.5.6 2.0.1; do
  python3 -m venv "$version"
  "$version/bin/pip" install -q --disable-pip-version-check "duckdb==$version"
done
1.5.5/bin/pip install -q --disable-pip-version-check chdb==4.4.0
cat > write.py <<'PYTHON'
import chdb, duckdb

duckdb.sql("copy (select unhex(md5((i % 50)::text)) as id from range(5000) t(i)) to 'duckdb.parquet'")
duckdb.sql("copy (select ('id ' || i % 50)::blob as id from range(5000) t(i)) to 'ascii.parquet'")
chdb.query("""
  select MD5(toString(number % 50)) as id from numbers(5000) into outfile 'clickhouse.parquet' format Parquet
""")
PYTHON
cat > ask.py <<'PYTHON'
import duckdb

duckdb.execute("create table rows as from 'duckdb.parquet'").fetchall()
count = lambda rows: duckdb.sql(f"select count(*) from {rows}").fetchall()[0][0]
seven = "unhex(md5('7'))"
answers = {
    "own file": count(f"'duckdb.parquet' where id = {seven}"),
    "file of clickhouse": count(f"'clickhouse.parquet' where id = {seven}"),
    "join": count(f"'duckdb.parquet' join (select {seven} as id) using (id)"),
    "hex": count(f"'duckdb.parquet' where hex(id) = hex({seven})"),
    "list of two": count(f"'duckdb.parquet' where id in ({seven}, unhex(md5('8')))"),
    "table": count(f"rows where id = {seven}"),
    "ascii": count("'ascii.parquet' where id = 'id 7'::blob"),
}
print(f"duckdb {duckdb.__version__}:", ", ".join(f"{name} {rows}" for name, rows in answers.items()))
PYTHON
1.5.5/bin/python write.py
for version in 1.5.5 1.5.6 2.0.1; do "$version/bin/python" ask.py; done > seen
cat > expected <<'TEXT'
duckdb 1.5.5: own file 0, file of clickhouse 0, join 0, hex 100, list of two 200, table 100, ascii 100
duckdb 1.5.6: own file 0, file of clickhouse 0, join 0, hex 100, list of two 200, table 100, ascii 100
duckdb 2.0.1: own file 100, file of clickhouse 100, join 100, hex 100, list of two 200, table 100, ascii 100
TEXT
cat seen
diff expected seen
