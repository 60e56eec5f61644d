#!/usr/bin/env bash
# DuckDB's strftime writes wrong digits for %n of a TIMESTAMP_NS where anything follows it in the format.
#
# %n are the nanoseconds of a second, nine digits. At the end of a format they are right. With a letter behind, as in an
# ISO 8601 time with Z, six digits come first, then the letter, then parts of the number: "00.123456Z893". A program that
# hands nanoseconds on as text so gets times that no reader takes, or takes for others. The cast to VARCHAR is right.
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

time = "make_timestamp_ns(1777629600123456789)"
for sql in [f"{time}::varchar", f"strftime({time}, '%S.%n')", f"strftime({time}, '%S.%nZ')"]:
    print(sql, "=", duckdb.sql(f"select {sql}").fetchone()[0])
PYTHON
venv/bin/python ask.py > seen
cat > expected <<'TEXT'
make_timestamp_ns(1777629600123456789)::varchar = 2026-05-01 10:00:00.123456789
strftime(make_timestamp_ns(1777629600123456789), '%S.%n') = 00.123456789
strftime(make_timestamp_ns(1777629600123456789), '%S.%nZ') = 00.123456Z893
TEXT
cat seen
diff expected seen
