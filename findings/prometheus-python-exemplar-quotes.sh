#!/usr/bin/env bash
# prometheus_client for Python cannot read its own OpenMetrics page where an exemplar has an odd number of quotes.
#
# It writes a quote as \", as OpenMetrics asks, and so does prom-client for Node. Its parser reads that right in the labels
# of a sample. In those of an exemplar it takes the escaped quote for the end of the text: ValueError, in place of the
# page. Two quotes cancel out.
#
# Seen with prometheus_client 0.26.0 on Python 3.11 and prom-client 15.1.3 on Node 20.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check prometheus_client==0.26.0
npm init -y > npm.log
npm install --silent --no-audit --no-fund prom-client@15.1.3 > npm.log
cat > write.mjs <<'JS'
import { writeFileSync } from 'node:fs';
import client from 'prom-client';

const values = { plain: 'GET', pair: 'say "hi"', odd: 'disk 3.5"' };
for (const [name, value] of Object.entries(values)) {
  for (const place of ['label', 'exemplar']) {
    const registry = new client.Registry(client.Registry.OPENMETRICS_CONTENT_TYPE);
    const options = { name: 'c_total', help: 'h', labelNames: ['q'], enableExemplars: true, registers: [registry] };
    const counter = new client.Counter(options);
    if (place === 'label') counter.inc({ labels: { q: value }, value: 1 });
    else counter.inc({ labels: { q: 'x' }, value: 1, exemplarLabels: { q: value } });
    writeFileSync(`node-${place}-${name}`, await registry.metrics());
  }
}
JS
cat > ask.py <<'PYTHON'
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.openmetrics.exposition import generate_latest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

for name, value in (("plain", "GET"), ("pair", 'say "hi"'), ("odd", 'disk 3.5"')):
    for place in ("label", "exemplar"):
        registry = CollectorRegistry()
        counter = Counter("c", "h", ["q"], registry=registry)
        counter.labels(value if place == "label" else "x").inc(1, {"q": value} if place == "exemplar" else None)
        pages = {"python": generate_latest(registry).decode(), "node": open(f"node-{place}-{name}").read()}
        for writer, page in pages.items():
            line = next(line for line in page.splitlines() if line.startswith("c_total"))
            written = line.split("}")[0] + "}" if place == "label" else line.split(" # ")[1].split("}")[0] + "}"
            try:
                sample = list(text_string_to_metric_families(page))[0].samples[0]
                said = (sample.labels if place == "label" else sample.exemplar.labels)["q"]
            except ValueError:
                said = "ValueError"
            print(f"{writer}, {place} {written}: {said}")
PYTHON
node write.mjs
venv/bin/python ask.py > seen
cat > expected <<'TEXT'
python, label c_total{q="GET"}: GET
node, label c_total{q="GET"}: GET
python, exemplar {q="GET"}: GET
node, exemplar {q="GET"}: GET
python, label c_total{q="say \"hi\""}: say "hi"
node, label c_total{q="say \"hi\""}: say "hi"
python, exemplar {q="say \"hi\""}: say "hi"
node, exemplar {q="say \"hi\""}: say "hi"
python, label c_total{q="disk 3.5\""}: disk 3.5"
node, label c_total{q="disk 3.5\""}: disk 3.5"
python, exemplar {q="disk 3.5\""}: ValueError
node, exemplar {q="disk 3.5\""}: ValueError
TEXT
cat seen
diff expected seen
