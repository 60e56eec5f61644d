#!/usr/bin/env bash
# prom-client (Node) reports the quantiles of a summary without observations as 0, client_golang as NaN.
#
# Once the window of a summary (maxAgeSeconds, ageBuckets) has passed without an observation, prom-client says that the
# 99th percentile of the latency is 0: alerts on it resolve, averages sink. Prometheus draws no point for NaN.
#
# Seen with prom-client 15.1.3 on Node 20 and github.com/prometheus/client_golang 1.25.0.
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
npm init -y > npm.log
npm install --silent --no-audit --no-fund prom-client@15.1.3 > npm.log
cat > node.mjs <<'JS'
import client from 'prom-client';
const summary = new client.Summary({ name: 'latency', help: 'h', percentiles: [0.99], maxAgeSeconds: 1, ageBuckets: 1 });
summary.observe(5);
const show = async title => console.log(title, (await client.register.metrics()).match(/^latency\{.*$/m)[0]);
await show('node, observed: ');
await new Promise(done => setTimeout(done, 2500));
await show('node, a window later: ');
JS
mkdir go
cat > go/go.mod <<'GO'
module summary

go 1.25

require (
	github.com/prometheus/client_golang v1.25.0
)
GO
cat > go/main.go <<'GO'
package main

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

func main() {
	registry := prometheus.NewRegistry()
	summary := prometheus.NewSummary(prometheus.SummaryOpts{
		Name: "latency", Help: "h", MaxAge: time.Second, AgeBuckets: 1, Objectives: map[float64]float64{0.99: 0.001},
	})
	registry.MustRegister(summary)
	show := func(title string) {
		families, _ := registry.Gather()
		fmt.Println(title, families[0].GetMetric()[0].GetSummary().GetQuantile()[0].GetValue())
	}
	summary.Observe(5)
	show("go, observed:")
	time.Sleep(2500 * time.Millisecond)
	show("go, a window later:")
}
GO
{
  node node.mjs
  (cd go && GOFLAGS=-mod=mod GOMODCACHE="$dir/mod" go run . 2> go.log) || { cat go/go.log >&2; exit 1; }
} > seen
cat > expected <<'TEXT'
node, observed:  latency{quantile="0.99"} 5
node, a window later:  latency{quantile="0.99"} 0
go, observed: 5
go, a window later: NaN
TEXT
cat seen
diff expected seen
