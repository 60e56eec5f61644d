#!/bin/sh
# InfluxDB 1.8 on loopback, in a throw-away folder; it takes the write requests of InfluxDB 2.
#
#   scripts/engines/influxdb.sh install       builds it with Go, into the cache folder
#   scripts/engines/influxdb.sh start [DIR]   starts a server, a new one or that of DIR; prints DIR=, PID= and URL=
#   scripts/engines/influxdb.sh stop DIR      stops it and removes DIR
#
# Exit code 69: go, or influxd, is missing.
set -eu
. "$(dirname "$0")/common.sh"

VERSION=1.8.10
cache=$ENGINES/influxdb
program=$cache/influxd

install() {
  [ -x "$program" ] && return
  command -v go >/dev/null || missing 'go is missing, which builds influxd'
  mkdir -p "$cache"
  GOBIN=$cache GOFLAGS=-mod=mod go install "github.com/influxdata/influxdb/cmd/influxd@v$VERSION"
}

create_database() {
  node -e "fetch('http://127.0.0.1:$port/query?q=create+database+metrics', { method: 'POST' }).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"
}

start() {
  [ -x "$program" ] || missing 'influxd is missing; "influxdb.sh install" builds it with Go'
  dir=$(engine_dir "${1:-}")
  if [ ! -f "$dir/port" ]; then
    free_port >"$dir/port"
    free_port >"$dir/rpc"
  fi
  port=$(cat "$dir/port")
  cat >"$dir/influxdb.conf" <<EOF
reporting-disabled = true
bind-address = "127.0.0.1:$(cat "$dir/rpc")"
[meta]
  dir = "$dir/meta"
[data]
  dir = "$dir/data"
  wal-dir = "$dir/wal"
[http]
  bind-address = "127.0.0.1:$port"
  log-enabled = false
EOF
  nohup "$program" -config "$dir/influxdb.conf" >"$dir/log" 2>&1 </dev/null &
  await_start 100 $! "$dir/log" create_database
  echo "DIR=$dir"
  echo "PID=$pid"
  echo "URL=influxdb://127.0.0.1:$port/metrics"
}

run_engine "$@"
