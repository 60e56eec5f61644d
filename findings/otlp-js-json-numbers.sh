#!/usr/bin/env bash
# OpenTelemetry JS: the JSON exporter sends numbers that the collector's decoder refuses, and with them the whole
# request; the protobuf exporter of the same version sends the same span right.
#
# NaN and infinities become null, where the JSON mapping of protobuf has "NaN" and "Infinity". 1e20, a number like any
# other in JavaScript, becomes an intValue past 64 bits. The protobuf exporter sends doubles. One infinite observation
# makes the sum, min and max of a histogram null.
#
# Seen with @opentelemetry/exporter-trace-otlp-http and -proto 0.223.1 (sdk-trace-base 2.12.1, Node 20) and
# go.opentelemetry.io/collector/pdata 1.71.0, which the collector decodes with.
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
npm init -y > npm.log
npm install --silent --no-audit --no-fund @opentelemetry/api@1.9.1 @opentelemetry/sdk-trace-base@2.12.1 \
  @opentelemetry/exporter-trace-otlp-http@0.223.1 @opentelemetry/exporter-trace-otlp-proto@0.223.1 > npm.log
cat > send.mjs <<'JS'
import { createServer } from 'node:http';
import { writeFileSync } from 'node:fs';
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { OTLPTraceExporter as Json } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as Protobuf } from '@opentelemetry/exporter-trace-otlp-proto';

let name;
const server = createServer((request, response) => {
  const parts = [];
  request.on('data', part => parts.push(part));
  request.on('end', () => {
    writeFileSync(name, Buffer.concat(parts));
    response.end();
  });
});
await new Promise(done => server.listen(0, '127.0.0.1', done));
const url = `http://127.0.0.1:${server.address().port}/v1/traces`;
for (const [key, value] of [['plain', 1.5], ['nan', NaN], ['infinity', Infinity], ['large', 1e20]]) {
  for (const [kind, Exporter] of [['json', Json], ['protobuf', Protobuf]]) {
    name = `${key}.${kind}`;
    const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(new Exporter({ url }))] });
    provider.getTracer('t').startSpan('s', { attributes: { a: value } }).end();
    await provider.forceFlush();
    await provider.shutdown();
  }
}
server.close();
JS
node send.mjs
mkdir read
cat > read/go.mod <<'GO'
module read

go 1.25

require go.opentelemetry.io/collector/pdata v1.71.0
GO
cat > read/main.go <<'GO'
package main

import (
	"fmt"
	"os"
	"regexp"

	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

func main() {
	for _, key := range []string{"plain", "nan", "infinity", "large"} {
		for _, kind := range []string{"protobuf", "json"} {
			body, _ := os.ReadFile("../" + key + "." + kind)
			request := ptraceotlp.NewExportRequest()
			var err error
			sent := ""
			if kind == "json" {
				err = request.UnmarshalJSON(body)
				sent = " of " + string(regexp.MustCompile(`"(?:int|double)Value":[^}]*`).Find(body))
			} else {
				err = request.UnmarshalProto(body)
			}
			if err != nil {
				fmt.Printf("%s %s: refused%s\n", key, kind, sent)
				continue
			}
			value, _ := request.Traces().ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).Attributes().Get("a")
			fmt.Printf("%s %s: %s %s%s\n", key, kind, value.Type(), value.AsString(), sent)
		}
	}
}
GO
(cd read && GOFLAGS=-mod=mod GOMODCACHE="$dir/mod" go run .) > seen 2> go.log || { cat go.log; exit 1; }
cat > expected <<'TEXT'
plain protobuf: Double 1.5
plain json: Double 1.5 of "doubleValue":1.5
nan protobuf: Double NaN
nan json: refused of "doubleValue":null
infinity protobuf: Double Infinity
infinity json: refused of "doubleValue":null
large protobuf: Double 100000000000000000000
large json: refused of "intValue":100000000000000000000
TEXT
cat seen
diff expected seen
