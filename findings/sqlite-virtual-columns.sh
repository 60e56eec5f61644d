#!/usr/bin/env bash
# SQLite computes a VIRTUAL generated column with each INSERT and UPDATE, though nothing reads it.
#
# Its page on generated columns says that the value of a VIRTUAL column is computed when the column is read, and that of a
# STORED one when the row is written. A table of events with a virtual column for their time as text spends a good part
# of each insert on a text that is dropped: a view computes it for those who read it. `select` of other columns does not
# compute it.
#
# Seen with SQLite 3.54.1 (apsw 3.54.1.0) on Python 3.11, and with SQLite 3.53.2 in better-sqlite3.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check apsw==3.54.1.0
cat > count.py <<'PY'
import apsw

connection = apsw.Connection(":memory:")
calls = 0


def text_of(value):
    global calls
    calls += 1
    return f"text of {value}"


connection.create_scalar_function("text_of", text_of, 1, deterministic=True)
connection.execute(
    "create table events(id integer primary key, at integer, text generated always as (text_of(at)) virtual)"
)
connection.execute("create table plain(id integer primary key, at integer)")
connection.execute("create view readable as select id, at, text_of(at) as text from plain")


def count(what, sql):
    global calls
    calls = 0
    list(connection.execute(sql))
    print(f"{what}: computed {calls} times")


rows = "with recursive n(i) as (values(1) union all select i + 1 from n where i < 100) select i from n"
count("100 rows into a table with a virtual column", f"insert into events(at) {rows}")
count("100 rows into a table without it", f"insert into plain(at) {rows}")
count("an update of another column", "update events set id = id + 1000")
count("a select of another column", "select at from events")
count("a select of the column", "select text from events")
count("a select of the same column of a view", "select text from readable")
PY
env/bin/python count.py > seen
cat > expected <<'TEXT'
100 rows into a table with a virtual column: computed 100 times
100 rows into a table without it: computed 0 times
an update of another column: computed 100 times
a select of another column: computed 0 times
a select of the column: computed 100 times
a select of the same column of a view: computed 100 times
TEXT
cat seen
diff expected seen
