#!/usr/bin/env bash
# OpenTelemetry Python does not read the answer to an export: what a server rejects of it is lost without a word.
#
# An OTLP server answers 200 with partial_success where it takes a request without some of its records, and says how many
# and why. The Python exporters report SUCCESS for it, and log nothing about it at any level, for any signal. The exporter
# of OpenTelemetry JS gives the same answer to its diagnostic logger as a warning.
#
# Seen with opentelemetry-sdk and opentelemetry-exporter-otlp-proto-http 1.45.2 on Python 3.11, Linux, and
# @opentelemetry/exporter-trace-otlp-proto 0.223.1 (sdk-trace-base 2.12.1) on Node 20.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check opentelemetry-sdk==1.45.2 opentelemetry-exporter-otlp-proto-http==1.45.2
npm init -y > npm.log
npm install --silent --no-audit --no-fund @opentelemetry/api@1.9.1 @opentelemetry/sdk-trace-base@2.12.1 \
  @opentelemetry/exporter-trace-otlp-proto@0.223.1 > npm.log
cat > send.py <<'PYTHON'
import logging, sys
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

url, answer = sys.argv[1:]
partial = ExportLogsServiceResponse.FromString(bytes.fromhex(answer)).partial_success
print(f"the answer: {partial.rejected_log_records} rejected, {partial.error_message}")
heard = []
listener = logging.Handler()
listener.emit = lambda record: heard.append(record.getMessage())
logging.getLogger().addHandler(listener)
logging.getLogger().setLevel(logging.DEBUG)


def watched(kind, signal):
    exporter = kind(endpoint=f"{url}/v1/{signal}")
    export = exporter.export

    def spy(*arguments, **named):
        result = export(*arguments, **named)
        posts = [text for text in heard if f"POST /v1/{signal}" in text]
        about = [text for text in heard if "too old" in text or "reject" in text or "partial" in text]
        print(f"python, {signal}: {result.name}, {len(posts)} request, {len(about)} messages about its answer")
        return result

    exporter.export = spy
    return exporter


logs = LoggerProvider(shutdown_on_exit=False)
logs.add_log_record_processor(SimpleLogRecordProcessor(watched(OTLPLogExporter, "logs")))
logger = logging.getLogger("app")
logger.addHandler(LoggingHandler(logger_provider=logs))
logger.warning("a record")
reader = PeriodicExportingMetricReader(watched(OTLPMetricExporter, "metrics"), export_interval_millis=3600000)
metrics = MeterProvider([reader], shutdown_on_exit=False)
metrics.get_meter("m").create_counter("c").add(1)
metrics.force_flush()
traces = TracerProvider(shutdown_on_exit=False)
traces.add_span_processor(SimpleSpanProcessor(watched(OTLPSpanExporter, "traces")))
traces.get_tracer("t").start_span("s").end()
PYTHON
cat > ask.mjs <<'JS'
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { promisify } from 'node:util';
import { diag, DiagLogLevel } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';

// Field 1, partial_success: field 1, how many, and field 2, why; the same numbers for the three signals.
const answer = Buffer.from([10, 11, 8, 1, 18, 7, ...Buffer.from('too old')]);
const server = createServer((request, response) => {
  request.resume().on('end', () => response.setHeader('content-type', 'application/x-protobuf').end(answer));
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${server.address().port}`;
console.log((await promisify(execFile)('venv/bin/python', ['send.py', url, answer.toString('hex')])).stdout.trim());

const warn = (...parts) => console.log('js, traces:', ...parts);
diag.setLogger({ verbose() {}, debug() {}, info() {}, warn, error: warn }, DiagLogLevel.ALL);
const exporter = new OTLPTraceExporter({ url: `${url}/v1/traces` });
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
provider.getTracer('t').startSpan('s').end();
await provider.forceFlush();
process.exit();
JS
timeout 120 node ask.mjs > seen
cat > expected <<'TEXT'
the answer: 1 rejected, too old
python, logs: SUCCESS, 1 request, 0 messages about its answer
python, metrics: SUCCESS, 1 request, 0 messages about its answer
python, traces: SUCCESS, 1 request, 0 messages about its answer
js, traces: Received Partial Success response: {"rejectedSpans":1,"errorMessage":"too old"}
TEXT
cat seen
diff expected seen
