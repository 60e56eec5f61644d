#!/usr/bin/env bash
# fastparquet loses lists and maps of text as soon as PyArrow is installed next to it, without an error.
#
# With PyArrow present, fastparquet builds text columns as Arrow strings, and that path ignores the repetition levels of a
# column that is not dictionary encoded. DuckDB writes few or distinct values without a dictionary: lists and maps of text
# come back as None, and where each list has one element as bare texts. Lists of numbers are right.
#
# Seen with fastparquet 2026.9.0, pandas 3.1.1, PyArrow 26.0.1 and DuckDB 1.5.5 on Python 3.11.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv alone
python3 -m venv beside
alone/bin/pip install -q --disable-pip-version-check fastparquet==2026.9.0 pandas==3.1.1 duckdb==1.5.5
beside/bin/pip install -q --disable-pip-version-check fastparquet==2026.9.0 pandas==3.1.1 pyarrow==26.0.1
cat > write.py <<'PYTHON'
import duckdb

duckdb.sql("copy (select [1, 2] as numbers, ['web', 'eu'] as tags, map {'host': 'a'} as labels) to 'few.parquet'")
duckdb.sql("copy (select [i, i] as numbers, ['t' || i] as tags, map {'host': 'h' || i} as labels from range(1000) t(i)) to 'many.parquet'")
PYTHON
cat > ask.py <<'PYTHON'
import sys
import fastparquet

for name in ("few", "many"):
    frame = fastparquet.ParquetFile(f"{name}.parquet").to_pandas()
    print(f"{sys.argv[1]}, {name}: {list(map(int, frame['numbers'][0]))} {frame['tags'][0]!r} {frame['labels'][0]!r}")
PYTHON
alone/bin/python write.py
{
  alone/bin/python ask.py "without pyarrow"
  beside/bin/python ask.py "with pyarrow"
} > seen
cat > expected <<'TEXT'
without pyarrow, few: [1, 2] ['web', 'eu'] {'host': 'a'}
without pyarrow, many: [0, 0] ['t0'] {'host': 'h0'}
with pyarrow, few: [1, 2] None None
with pyarrow, many: [0, 0] 't0' 'h0'
TEXT
cat seen
diff expected seen
