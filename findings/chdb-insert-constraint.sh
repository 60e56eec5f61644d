#!/usr/bin/env bash
# chDB's streaming insert reports rows as written that a CHECK constraint rejected, and raises nothing.
#
# finish() returns rows_written, and a plain INSERT of the same row fails with code 469. The streaming insert loses the
# whole batch, the rows that satisfy the constraint included. A row that does not parse makes finish() fail.
#
# Seen with chDB 4.4.0 (ClickHouse 26.9) on Python 3.11, Linux.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check chdb==4.4.0
cat > ask.py <<'PYTHON'
from chdb import session

store = session.Session()
store.query("create database d")
store.query("create table d.t (i Int64, constraint small check i < 10) engine = MergeTree order by i")


def ask(name, insert):
    try:
        said = insert()
    except Exception as error:
        said = "code " + str(error).split("Code: ")[1].split(".")[0]
    print(f"{name}: {said}, {str(store.query('select count() from d.t')).strip()} in the table")


def stream(*lines):
    with store.send_insert("insert into d.t (i)", "CSV") as inserter:
        for line in lines:
            inserter.append(line)
        return f"rows_written {inserter.finish().rows_written}"


ask("1, 2 streamed", lambda: stream("1\n", "2\n"))
ask("3, 100 streamed", lambda: stream("3\n", "100\n"))
ask("100 inserted", lambda: store.query("insert into d.t values (100)"))
ask("text streamed", lambda: stream("text\n"))
PYTHON
venv/bin/python ask.py > seen
cat > expected <<'TEXT'
1, 2 streamed: rows_written 2, 2 in the table
3, 100 streamed: rows_written 2, 2 in the table
100 inserted: code 469, 2 in the table
text streamed: code 117, 2 in the table
TEXT
cat seen
diff expected seen
