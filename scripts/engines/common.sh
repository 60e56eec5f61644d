# Functions that the scripts of engines share; they source it. A script is named after its engine, and defines `install`
# and `start [DIR]`, which prints DIR=, PID= and URL=.

MISSING=69
SCRIPT=$(basename "$0")
ENGINE=${SCRIPT%.sh}
ENGINES=${TELEMETRY_ENGINES:-$HOME/.cache/telemetry-engines}

# missing REASON: exits with the code that callers take for an engine that is not installed.
missing() {
  echo "$SCRIPT: $1" >&2
  exit $MISSING
}

# free_port: prints a free port of loopback.
free_port() {
  node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'
}

# engine_dir [DIR]: creates the folder of a server, by default a temporary one, and prints its absolute path.
engine_dir() {
  dir=${1:-$(mktemp -d "${TMPDIR:-/tmp}/telemetry-$ENGINE-XXXXXX")}
  mkdir -p "$dir"
  (cd "$dir" && pwd)
}

# await_start TENTHS PID LOG COMMAND...: records PID, and waits until COMMAND succeeds, for at most TENTHS tenths of a second.
# Prints the end of LOG and exits with 1 when the server has ended or is too slow.
await_start() {
  tenths=$1 pid=$2 log=$3
  shift 3
  echo "$pid" >"$dir/pid"
  until "$@"; do
    tenths=$((tenths - 1))
    if [ "$tenths" -lt 0 ] || ! kill -0 "$pid" 2>/dev/null; then
      tail -n 30 "$log" >&2
      exit 1
    fi
    sleep 0.1
  done
}

# stop DIR: kills the server of a folder and removes the folder. A script may define another one.
stop() {
  [ -f "$1/pid" ] && kill -9 "$(cat "$1/pid")" 2>/dev/null || true
  rm -rf "$1"
}

# run_engine ACTION [DIR]: runs a function of the script, or prints the usage at its top.
run_engine() {
  case ${1:-} in
  install) install ;;
  start)
    shift
    start "$@"
    ;;
  stop) stop "${2:?stop needs the folder}" ;;
  *)
    sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" >&2
    exit 64
    ;;
  esac
}
