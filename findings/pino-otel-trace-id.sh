#!/usr/bin/env bash
# pino-opentelemetry-transport removes trace_id and span_id from a record that has no trace_flags, and sends neither.
#
# With all three fields the ids become those of the OTLP record. Where one is missing, none does, and the fields are gone
# from the attributes as well: a record that names its trace by trace_id alone arrives without it. traceId stays.
#
# Seen with pino-opentelemetry-transport 4.0.2 and pino 10.4.0 on Node 20.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y > npm.log
npm install --silent --no-audit --no-fund pino@10.4.0 pino-opentelemetry-transport@4.0.2 > npm.log
cat > send.mjs <<'JS'
import { createServer } from 'node:http';
import { once } from 'node:events';
import { gunzipSync } from 'node:zlib';
import pino from 'pino';

const trace_id = '0af7651916cd43dd8448eb211c80319c';
const span_id = 'b7ad6b7169203331';
const records = [{ trace_id, span_id, trace_flags: '01' }, { trace_id, span_id }, { trace_id }, { traceId: trace_id }];
let arrived = 0;
const sink = createServer(async (request, response) => {
  const bytes = Buffer.concat(await request.toArray());
  const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
  for (const { scopeLogs } of JSON.parse(text).resourceLogs) {
    for (const { body, traceId, spanId, attributes } of scopeLogs.flatMap(scope => scope.logRecords)) {
      console.log(`${body.stringValue}: traceId ${traceId}, spanId ${spanId}, attributes [${attributes.map(a => a.key)}]`);
      arrived += 1;
    }
  }
  response.end('{}');
  if (arrived === records.length) process.exit();
}).listen(0, '127.0.0.1');
await once(sink, 'listening');
const httpExporterOptions = { url: `http://127.0.0.1:${sink.address().port}/v1/logs` };
const logger = pino(
  pino.transport({
    target: 'pino-opentelemetry-transport',
    options: { logRecordProcessorOptions: { exporterOptions: { protocol: 'http', httpExporterOptions } } },
  }),
);
for (const record of records) logger.info(record, Object.keys(record).join(' '));
JS
timeout 60 node send.mjs > seen
cat > expected <<'TEXT'
trace_id span_id trace_flags: traceId 0af7651916cd43dd8448eb211c80319c, spanId b7ad6b7169203331, attributes []
trace_id span_id: traceId undefined, spanId undefined, attributes []
trace_id: traceId undefined, spanId undefined, attributes []
traceId: traceId undefined, spanId undefined, attributes [traceId]
TEXT
cat seen
diff expected seen
