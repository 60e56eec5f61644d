#!/usr/bin/env bash
# OpenTelemetry Python: one log record whose body holds an integer past 64 bits loses every record of its batch; the
# same integer as an attribute loses that attribute alone. A counter past 64 bits ends the export of all metrics.
#
# Integers of Python have no limit, so such a body is an ordinary value: logger.warning({"id": 2**63}).
#
# Seen with opentelemetry-sdk and opentelemetry-exporter-otlp-proto-http 1.45.2 on Python 3.11, Linux.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check opentelemetry-sdk==1.45.2 opentelemetry-exporter-otlp-proto-http==1.45.2
cd "$dir"
venv/bin/python > seen 2> log <<'PYTHON'
import gzip, http.server, logging, threading
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

arrived = []

class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        if self.path == "/v1/logs":
            logs = ExportLogsServiceRequest.FromString(body).resource_logs
            arrived.extend(r.body.string_value for g in logs for s in g.scope_logs for r in s.log_records)
        else:
            metrics = ExportMetricsServiceRequest.FromString(body).resource_metrics
            arrived.extend(m.name for g in metrics for s in g.scope_metrics for m in s.metrics)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args):
        pass

server = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}"

def logs(title, *records):
    arrived.clear()
    provider = LoggerProvider()
    provider.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter(url + "/v1/logs")))
    logger = logging.Logger("app")
    logger.addHandler(LoggingHandler(logger_provider=provider))
    for body, extra in records:
        logger.warning(body, extra=extra)
    provider.force_flush()
    provider.shutdown()
    print(f"{title}: {len(records)} records sent, {len(arrived)} arrived")

logs("integer as an attribute", ("one", {}), ("two", {"id": 2**63}), ("three", {}))
logs("integer in a body", ("one", {}), ({"id": 2**63}, {}), ("three", {}))

arrived.clear()
metrics = MeterProvider(metric_readers=[PeriodicExportingMetricReader(OTLPMetricExporter(url + "/v1/metrics"), export_interval_millis=3_600_000)])
meter = metrics.get_meter("app")
large, small = meter.create_counter("large"), meter.create_counter("small")
large.add(2**62)
small.add(1)
metrics.force_flush()
print("metrics, a counter at 2^62:", sorted(arrived))
arrived.clear()
large.add(2**62)
small.add(1)
metrics.force_flush()
print("metrics, a counter at 2^63:", sorted(arrived))
metrics.shutdown()
PYTHON
cat > expected <<'TEXT'
integer as an attribute: 3 records sent, 3 arrived
integer in a body: 3 records sent, 0 arrived
metrics, a counter at 2^62: ['large', 'small']
metrics, a counter at 2^63: []
TEXT
cat seen
diff expected seen
