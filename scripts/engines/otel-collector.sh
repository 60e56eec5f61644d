#!/bin/sh
# The OpenTelemetry Collector on loopback, in a throw-away folder: it receives OTLP and exports it over HTTP.
#
#   scripts/engines/otel-collector.sh install       builds it with Go, where it is missing: some minutes
#   scripts/engines/otel-collector.sh start [DIR]   exports to EXPORT_URL; prints DIR=, PID=, GRPC= and URL=
#   scripts/engines/otel-collector.sh stop DIR      stops it and removes DIR
#
# Exit code 69: it has not been built, or Go is missing.
set -eu
. "$(dirname "$0")/common.sh"

VERSION=0.140.0
PROVIDERS=1.46.0
CACHE="$ENGINES/otel-collector-$VERSION"
PROGRAM="$CACHE/otelcol"

install() {
  [ -x "$PROGRAM" ] && return
  PATH="$PATH:/usr/local/go/bin"
  command -v go >/dev/null || missing 'Go is missing, which builds the Collector'
  mkdir -p "$CACHE"
  GOBIN="$CACHE" go install "go.opentelemetry.io/collector/cmd/builder@v$VERSION"
  cat >"$CACHE/builder.yaml" <<END
dist: {name: otelcol, output_path: $CACHE/source, version: $VERSION}
receivers:
  - gomod: go.opentelemetry.io/collector/receiver/otlpreceiver v$VERSION
exporters:
  - gomod: go.opentelemetry.io/collector/exporter/otlphttpexporter v$VERSION
providers:
  - gomod: go.opentelemetry.io/collector/confmap/provider/fileprovider v$PROVIDERS
  - gomod: go.opentelemetry.io/collector/confmap/provider/envprovider v$PROVIDERS
END
  "$CACHE/builder" --config "$CACHE/builder.yaml" >&2
  mv "$CACHE/source/otelcol" "$PROGRAM"
}

start() {
  [ -x "$PROGRAM" ] || missing 'the Collector has not been built; "otel-collector.sh install" builds it with Go'
  dir=$(engine_dir "${1:-}")
  grpc=$(free_port)
  http=$(free_port)
  cat >"$dir/config.yaml" <<END
receivers:
  otlp:
    protocols:
      grpc: {endpoint: "127.0.0.1:$grpc"}
      http: {endpoint: "127.0.0.1:$http"}
exporters:
  otlphttp: {endpoint: "$EXPORT_URL"}
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    traces: {receivers: [otlp], exporters: [otlphttp]}
    metrics: {receivers: [otlp], exporters: [otlphttp]}
    logs: {receivers: [otlp], exporters: [otlphttp]}
END
  "$PROGRAM" --config "file:$dir/config.yaml" >"$dir/log" 2>&1 </dev/null &
  await_start 200 $! "$dir/log" grep -q 'Everything is ready' "$dir/log"
  printf 'DIR=%s\nPID=%s\nGRPC=127.0.0.1:%s\nURL=http://127.0.0.1:%s\n' "$dir" "$pid" "$grpc" "$http"
}

run_engine "$@"
