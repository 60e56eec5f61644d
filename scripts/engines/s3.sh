#!/bin/sh
# An S3 gateway on loopback, in a throw-away folder: versitygw over files.
#
#   scripts/engines/s3.sh install               builds it with Go, where it is missing
#   scripts/engines/s3.sh start [DIR] [PORT]    prints URL=, KEY=, SECRET=, BUCKET=, DIR= and PID=
#   scripts/engines/s3.sh stop DIR              stops it and removes DIR
#
# Exit code 69: go, or versitygw, is missing.
set -eu
. "$(dirname "$0")/common.sh"

cache=$ENGINES/s3
program=$cache/versitygw
key=test
secret=test-secret
bucket=events

install() {
  [ -x "$program" ] && return
  command -v go >/dev/null || missing 'go is missing, which builds versitygw'
  mkdir -p "$cache"
  GOBIN=$cache go install github.com/versity/versitygw/cmd/versitygw@latest
}

connects() {
  node -e "require('net').connect($port,'127.0.0.1').on('connect',()=>process.exit(0)).on('error',()=>process.exit(1))"
}

start() {
  [ -x "$program" ] || missing 'versitygw is missing; "s3.sh install" builds it with Go'
  dir=$(engine_dir "${1:-}")
  port=${2:-$(free_port)}
  mkdir -p "$dir/data/$bucket" "$dir/meta"
  ROOT_ACCESS_KEY=$key ROOT_SECRET_KEY=$secret nohup "$program" --port "127.0.0.1:$port" --quiet \
    posix --sidecar "$dir/meta" "$dir/data" >"$dir/log" 2>&1 &
  await_start 50 $! "$dir/log" connects
  printf 'URL=http://127.0.0.1:%s\nKEY=%s\nSECRET=%s\nBUCKET=%s\nDIR=%s\nPID=%s\n' "$port" $key $secret $bucket "$dir" "$pid"
}

run_engine "$@"
