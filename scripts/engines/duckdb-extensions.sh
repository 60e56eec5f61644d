#!/bin/sh
# DuckDB's extensions for tests, from the Python packages of the version of the package @duckdb/node-api.
#   scripts/engines/duckdb-extensions.sh install
#   scripts/engines/duckdb-extensions.sh start    prints EXTENSIONS=, the folder for --duckdb-extensions
#   scripts/engines/duckdb-extensions.sh stop     does nothing
# Exit 69: what it needs is missing.
set -eu
. "$(dirname "$0")/common.sh"

cache=$ENGINES/duckdb
version=1.5.5
names='httpfs ducklake postgres_scanner sqlite_scanner'

case ${1:-} in
install)
  [ -d "$cache" ] && exit 0
  command -v python3 >/dev/null || missing 'python3 with pip is missing'
  mkdir -p "$cache.new"
  for name in $names; do
    python3 -m pip install --quiet --no-deps --target "$cache.new" "duckdb-extension-$(echo $name | tr _ -)==$version"
  done
  mv "$cache.new" "$cache"
  ;;
start)
  [ -d "$cache" ] || missing 'the extensions are missing; "duckdb-extensions.sh install" fetches them with pip'
  echo "EXTENSIONS=$cache"
  ;;
stop) ;;
*)
  echo 'usage: duckdb-extensions.sh install | start | stop' >&2
  exit 64
  ;;
esac
