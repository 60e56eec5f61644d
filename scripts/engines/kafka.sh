#!/bin/sh
# Kafka on loopback, in a throw-away folder: one broker that is its own controller (KRaft), in one JVM.
#
#   scripts/engines/kafka.sh install       fetches Kafka into the cache folder with Maven
#   scripts/engines/kafka.sh start [DIR]   starts a broker, a new one or that of DIR; prints DIR=, PID= and URL=
#   scripts/engines/kafka.sh stop DIR      stops it and removes DIR
#
# Lines of DIR/more.properties are added to its configuration; DIR/scram is a login for SCRAM, such as
# SCRAM-SHA-512=[name=me,password=secret].
# Exit code 69: java, or Kafka, is missing.
set -eu
. "$(dirname "$0")/common.sh"

VERSION=4.1.2
SLF4J=1.7.36
cache=$ENGINES/kafka-$VERSION
classes=$cache/classes.jsa

# The id of each throw-away cluster: the base64 of 16 bytes.
CLUSTER=dGVsZW1ldHJ5LXRlc3RzMQ

install() {
  [ -f "$cache/lib/kafka_2.13-$VERSION.jar" ] || fetch
  [ -f "$classes" ] || share_classes || echo 'kafka.sh: classes cannot be shared; brokers start more slowly' >&2
}

fetch() {
  command -v java >/dev/null || missing 'java is missing'
  command -v mvn >/dev/null || missing 'mvn (Maven) is missing'
  mkdir -p "$cache"
  cat >"$cache/pom.xml" <<EOF
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>telemetry</groupId><artifactId>kafka</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$VERSION</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>$SLF4J</version></dependency>
  </dependencies>
</project>
EOF
  (cd "$cache" && mvn -q -B dependency:copy-dependencies -DoutputDirectory=lib)
}

# Writes the classes of a broker that starts and ends to a file that a JVM maps: half of a start is loading them.
share_classes() {
  dir=$(engine_dir)
  configure
  jvm info -XX:ArchiveClassesAtExit="$dir/classes.jsa" kafka.Kafka "$dir/server.properties" >"$dir/log" 2>&1 &
  (await_start 900 $! "$dir/log" grep -q 'Kafka Server started' "$dir/log")
  kill "$!"
  wait "$!" || true
  [ -f "$dir/classes.jsa" ] && mv "$dir/classes.jsa" "$classes"
  rm -rf "$dir"
  [ -f "$classes" ]
}

# jvm LEVEL ARGUMENTS: replaces this shell by a JVM with Kafka's classes, which logs from that level on.
jvm() {
  level=$1
  shift
  [ -f "$classes" ] && set -- -XX:SharedArchiveFile="$classes" -Xlog:disable "$@"
  exec java -Xms64m -Xmx384m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 "-Dorg.slf4j.simpleLogger.defaultLogLevel=$level" \
    -cp "$cache/lib/*" "$@"
}

configure() {
  port=$(free_port)
  controller=$(free_port)
  echo "$port" >"$dir/port"
  cat >"$dir/server.properties" <<EOF
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$port
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SSL:SSL
log.dirs=$dir/data
num.partitions=3
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
EOF
  [ -f "$dir/more.properties" ] && cat "$dir/more.properties" >>"$dir/server.properties"
  set --
  [ -f "$dir/scram" ] && set -- --add-scram "$(cat "$dir/scram")"
  (jvm warn kafka.tools.StorageTool format -t "$CLUSTER" -c "$dir/server.properties" "$@") >"$dir/format.log" 2>&1
}

start() {
  command -v java >/dev/null || missing 'java is missing'
  [ -d "$cache/lib" ] || missing 'Kafka is missing; "kafka.sh install" fetches it with Maven'
  dir=$(engine_dir "${1:-}")
  [ -f "$dir/server.properties" ] || configure
  port=$(cat "$dir/port")
  # Before the JVM starts: what a killed broker has written would count as the start of this one.
  : >"$dir/log"
  (trap '' HUP && jvm info kafka.Kafka "$dir/server.properties") >"$dir/log" 2>&1 </dev/null &
  await_start 900 $! "$dir/log" grep -q 'Kafka Server started' "$dir/log"
  echo "DIR=$dir"
  echo "PID=$pid"
  echo "URL=kafka://127.0.0.1:$port"
}

run_engine "$@"
