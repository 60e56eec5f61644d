#!/bin/sh
# PostgreSQL on loopback, in a throw-away folder.
#
#   scripts/engines/postgres.sh install       installs PostgreSQL with apt, where it is missing
#   scripts/engines/postgres.sh start [DIR]   starts a server, a new one or that of DIR; prints DIR=, PID= and URL=
#   scripts/engines/postgres.sh stop DIR      stops it and removes DIR
#
# Exit code 69: the programs of a server (initdb, pg_ctl) are missing.
set -eu
. "$(dirname "$0")/common.sh"

USER_NAME=telemetry

bin_dir() {
  for dir in $(pg_config --bindir 2>/dev/null) $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV) \
    $(dirname "$(command -v initdb || echo /nowhere/initdb)"); do
    if [ -x "$dir/initdb" ] && [ -x "$dir/pg_ctl" ]; then
      echo "$dir"
      return
    fi
  done
  missing 'PostgreSQL (initdb, pg_ctl) is missing; "postgres.sh install" installs it with apt'
}

# PostgreSQL refuses to run as root.
as_server() {
  if [ "$(id -u)" = 0 ]; then
    setpriv --reuid="$(id -u "$(owner)")" --regid="$(id -g "$(owner)")" --clear-groups "$@"
  else
    "$@"
  fi
}

owner() {
  if id postgres >/dev/null 2>&1; then echo postgres; else echo nobody; fi
}

start() {
  bin=$(bin_dir)
  dir=$(engine_dir "${1:-}")
  [ "$(id -u)" = 0 ] && chown "$(owner)" "$dir"
  chmod 700 "$dir"
  if [ ! -d "$dir/data" ]; then
    as_server "$bin/initdb" --pgdata="$dir/data" --username="$USER_NAME" --auth=trust --encoding=UTF8 --locale=C \
      --no-sync >"$dir/initdb.log"
  fi
  forget_dead "$dir/data/postmaster.pid"
  for attempt in 1 2 3; do
    # A server that starts again keeps its port.
    if [ -f "$dir/port" ]; then port=$(cat "$dir/port"); else port=$(free_port); fi
    if as_server "$bin/pg_ctl" --pgdata="$dir/data" --log="$dir/server.log" --wait --silent \
      -o "-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories= -c jit=off" start >&2; then
      echo "$port" >"$dir/port"
      echo "DIR=$dir"
      echo "PID=$(head -n 1 "$dir/data/postmaster.pid")"
      echo "URL=postgres://$USER_NAME@127.0.0.1:$port/postgres"
      return
    fi
    [ "$attempt" -lt 3 ] || { tail -n 5 "$dir/server.log" >&2; exit 1; }
  done
}

stop() {
  bin=$(bin_dir)
  dir=$1
  if [ -f "$dir/data/postmaster.pid" ]; then
    as_server "$bin/pg_ctl" --pgdata="$dir/data" --mode=immediate --wait --silent stop >&2 || true
  fi
  # Only a folder that start has made.
  [ -f "$dir/data/PG_VERSION" ] && rm -rf "$dir"
}

# A killed server whose parent has not waited for it still counts as one that runs.
forget_dead() {
  [ -f "$1" ] || return 0
  case $(ps -o stat= -p "$(head -n 1 "$1")" 2>/dev/null) in
    Z* | '') rm "$1" ;;
  esac
}

install() {
  if (bin_dir) >/dev/null 2>&1; then return; fi
  [ "$(id -u)" = 0 ] || missing 'installing needs root: apt-get install postgresql'
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends postgresql >&2
}

run_engine "$@"
