#!/bin/sh
# ClickHouse's engine on loopback, in a throw-away folder: the Python package chdb behind a small HTTP server.
#
#   scripts/engines/clickhouse.sh install            installs chdb into the cache folder with pip
#   scripts/engines/clickhouse.sh start [DIR]        starts a server, a new one or that of DIR; prints DIR=, PID= and URL=
#   scripts/engines/clickhouse.sh stop DIR           stops it and removes DIR
#
# Where DIR has a file "credentials" with USER:PASSWORD, the server asks for them.
# Exit code 69: python3, or chdb, is missing.
set -eu
. "$(dirname "$0")/common.sh"

VERSION=4.4.0
cache=$ENGINES/clickhouse
server=$(cd "$(dirname "$0")/../.." && pwd)/test/helpers/engines/chdb-server.py

install() {
  [ -x "$cache/bin/python" ] && "$cache/bin/python" -c 'import chdb' 2>/dev/null && return
  command -v python3 >/dev/null || missing 'python3 is missing'
  python3 -m venv "$cache" || missing 'python3 has no venv'
  "$cache/bin/python" -m pip install --quiet --disable-pip-version-check "chdb==$VERSION"
}

start() {
  [ -x "$cache/bin/python" ] || missing 'chdb is missing; "clickhouse.sh install" installs it with pip'
  dir=$(engine_dir "${1:-}")
  # A server that starts again keeps its port.
  port=0
  [ -f "$dir/port" ] && port=$(cat "$dir/port")
  : >"$dir/out"
  set --
  [ -f "$dir/credentials" ] && set -- "$(cat "$dir/credentials")"
  nohup "$cache/bin/python" "$server" "$dir/data" "$port" "$@" >"$dir/out" 2>"$dir/log" </dev/null &
  await_start 300 $! "$dir/log" grep -q '^PORT=' "$dir/out"
  sed -n 's/^PORT=//p' "$dir/out" >"$dir/port"
  echo "DIR=$dir"
  echo "PID=$pid"
  echo "URL=clickhouse://127.0.0.1:$(cat "$dir/port")/default"
}

run_engine "$@"
