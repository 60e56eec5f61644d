#!/usr/bin/env bash
# `opentelemetry-instrument` exports the spans and metrics of a program with nothing set, and none of its logs.
#
# The distribution sets OTEL_LOGS_EXPORTER to otlp as it sets those of traces and metrics, and a program that asks the
# environment sees so; but the handler that takes records from `logging` is added only where
# OTEL_PYTHON_LOGGING_AUTO_INSTRUMENTATION_ENABLED is true. Nothing is printed about it. With it the log arrives.
#
# Seen with opentelemetry-distro 0.66b1 and opentelemetry-exporter-otlp 1.45.1 on Python 3.11, Linux.
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$sink" 2>/dev/null || true; rm -rf "$dir"' EXIT
sink=0
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check opentelemetry-distro==0.66b1 opentelemetry-exporter-otlp==1.45.1
cd "$dir"
cat > sink.py <<'PYTHON'
from http.server import BaseHTTPRequestHandler, HTTPServer

class Sink(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        with open("paths", "a") as file:
            file.write(self.path + "\n")
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass

server = HTTPServer(("127.0.0.1", 0), Sink)
with open("port", "w") as file:
    file.write(str(server.server_port))
server.serve_forever()
PYTHON
cat > app.py <<'PYTHON'
import logging, os
from opentelemetry import metrics, trace

with trace.get_tracer("t").start_as_current_span("hello"):
    logging.getLogger("a").warning("hi")
metrics.get_meter("m").create_counter("hits").add(1)
print("OTEL_LOGS_EXPORTER is", os.environ.get("OTEL_LOGS_EXPORTER"))
PYTHON
venv/bin/python sink.py &
sink=$!
until [ -s port ]; do sleep 0.1; done
export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:$(cat port)"
arrived() {
  : > paths
  "$@" venv/bin/opentelemetry-instrument venv/bin/python app.py 2> said
  sort -u paths | sed 's|/v1/||' | paste -sd ' '
}
{
  echo "nothing set: $(arrived env)"
  echo "errors printed: $(grep -ci log said || true)"
  echo "with the variable: $(arrived env OTEL_PYTHON_LOGGING_AUTO_INSTRUMENTATION_ENABLED=true)"
} > seen
cat > expected <<'TEXT'
nothing set: OTEL_LOGS_EXPORTER is otlp
metrics traces
errors printed: 0
with the variable: OTEL_LOGS_EXPORTER is otlp
logs metrics traces
TEXT
cat seen
diff expected seen
