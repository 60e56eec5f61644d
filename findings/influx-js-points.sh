#!/usr/bin/env bash
# InfluxDB's client for Node rounds integers given as BigInt or text, and writes tags that end in a backslash so that
# InfluxDB's own decoder refuses the line.
#
# intField goes through a float: 9007199254740993n is stored as ...992 without an error, and the greatest int64 is refused
# as no integer. uintField of the same client keeps the digits. A tag of C:\ is written as it stands, which escapes the
# comma or the space after it; InfluxDB's client for Python adds a space to the value instead.
#
# Seen with @influxdata/influxdb-client 1.35.0 on Node 20, influxdb-client 1.50.0 on Python 3.11 and
# github.com/influxdata/line-protocol/v2 2.2.1.
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check influxdb-client==1.50.0
npm init -y > npm.log
npm install --silent --no-audit --no-fund @influxdata/influxdb-client@1.35.0 > npm.log
cat > write.mjs <<'JS'
import { Point } from '@influxdata/influxdb-client';

const write = point => console.log('node', point.timestamp('1').toLineProtocol());
for (const value of [9007199254740993n, '9007199254740993', 9223372036854775807n]) {
  for (const field of ['uintField', 'intField']) {
    try {
      write(new Point('m')[field](field, value));
    } catch (error) {
      console.error(`node, ${field}(${value}): ${error.message}`);
    }
  }
}
write(new Point('m').tag('dir', 'C:\\').tag('region', 'eu').intField('v', 1));
JS
cat > write.py <<'PYTHON'
from influxdb_client import Point

print("python", Point("m").tag("dir", "C:\\").tag("region", "eu").field("v", 1).field("max", 2**63 - 1).time(1).to_line_protocol())
PYTHON
mkdir go
cat > go/go.mod <<'GO'
module read

go 1.25

require github.com/influxdata/line-protocol/v2 v2.2.1
GO
cat > go/main.go <<'GO'
package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"github.com/influxdata/line-protocol/v2/lineprotocol"
)

func read(line string) string {
	decoder := lineprotocol.NewDecoderWithBytes([]byte(line))
	decoder.Next()
	said := []string{}
	for {
		key, value, err := decoder.NextTag()
		if err != nil {
			return err.Error()
		}
		if key == nil {
			break
		}
		said = append(said, fmt.Sprintf("%s %q", key, value))
	}
	for {
		key, value, err := decoder.NextField()
		if err != nil {
			return err.Error()
		}
		if key == nil {
			return strings.Join(said, ", ")
		}
		said = append(said, fmt.Sprintf("%s %v", key, value))
	}
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		client, line, _ := strings.Cut(lines.Text(), " ")
		fmt.Printf("%s, %s => %s\n", client, line, read(line))
	}
}
GO
node write.mjs > lines 2> seen
venv/bin/python write.py >> lines
(cd go && GOFLAGS=-mod=mod GOMODCACHE="$dir/mod" go run . < ../lines >> ../seen 2> go.log) || { cat go/go.log >&2; exit 1; }
cat > expected <<'TEXT'
node, intField(9223372036854775807): invalid integer value for field 'intField': '9223372036854775807'!
node, m uintField=9007199254740993u 1 => uintField 9007199254740993u
node, m intField=9007199254740992i 1 => intField 9007199254740992i
node, m uintField=9007199254740993u 1 => uintField 9007199254740993u
node, m intField=9007199254740992i 1 => intField 9007199254740992i
node, m uintField=9223372036854775807u 1 => uintField 9223372036854775807u
node, m,dir=C:\,region=eu v=1i 1 => at line 1:17: expected tag key or field but found '=' instead
python, m,dir=C:\ ,region=eu max=9223372036854775807i,v=1i 1 => dir "C: ", region "eu", max 9223372036854775807i, v 1i
TEXT
cat seen
diff expected seen
