#!/usr/bin/env bash
# logfmt for Node loses the backslashes of values without quotes, and the rest of the line after one that ends in one.
#
# structlog and logfmter write dir=C:\logs\ without quotes, since it has no space, no quote and no equals sign.
# github.com/go-logfmt/logfmt reads it as it stands. The parser of npm's logfmt takes a backslash for an escape outside
# quotes, too: one that ends a value takes the space after it for part of the value, and the next pair with it. No error.
#
# Seen with logfmt 1.4.0 on Node 20, structlog 26.1.0 and logfmter 0.0.12 on Python 3.11, go-logfmt 0.6.1.
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check structlog==26.1.0 logfmter==0.0.12
npm init -y > npm.log
npm install --silent --no-audit --no-fund logfmt@1.4.0 > npm.log
cat > write.py <<'PYTHON'
import logging
from logfmter import Logfmter
from structlog.processors import LogfmtRenderer

event = {"user": r"corp\ann", "dir": "C:\\logs\\", "level": "error", "status": 500}
print(LogfmtRenderer(key_order=list(event))(None, None, dict(event)))
print(Logfmter(keys=[]).format(logging.makeLogRecord({"msg": event})))
PYTHON
cat > read.mjs <<'JS'
import { readFileSync } from 'node:fs';
import logfmt from 'logfmt';

for (const line of readFileSync('lines', 'utf8').trim().split('\n')) console.log('node:', JSON.stringify(logfmt.parse(line)));
JS
mkdir go
cat > go/go.mod <<'GO'
module read

go 1.25

require github.com/go-logfmt/logfmt v0.6.1
GO
cat > go/main.go <<'GO'
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/go-logfmt/logfmt"
)

func main() {
	decoder := logfmt.NewDecoder(os.Stdin)
	for decoder.ScanRecord() {
		pairs := map[string]string{}
		for decoder.ScanKeyval() {
			pairs[string(decoder.Key())] = string(decoder.Value())
		}
		text, _ := json.Marshal(pairs)
		fmt.Println("go:", string(text))
	}
	if decoder.Err() != nil {
		panic(decoder.Err())
	}
}
GO
venv/bin/python write.py > lines
{
  cat lines
  (cd go && GOFLAGS=-mod=mod GOMODCACHE="$dir/mod" go run . < ../lines 2> go.log) || { cat go/go.log >&2; exit 1; }
  node read.mjs
} > seen
cat > expected <<'TEXT'
user=corp\ann dir=C:\logs\ level=error status=500
user=corp\ann dir=C:\logs\ level=error status=500
go: {"dir":"C:\\logs\\","level":"error","status":"500","user":"corp\\ann"}
go: {"dir":"C:\\logs\\","level":"error","status":"500","user":"corp\\ann"}
node: {"user":"corpann","dir":"C:logs levelerror","status":"500"}
node: {"user":"corpann","dir":"C:logs levelerror","status":"500"}
TEXT
cat seen
diff expected seen
