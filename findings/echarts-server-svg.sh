#!/usr/bin/env bash
# An SVG that echarts draws on a server is not the same for the same chart, and has inline styles.
#
# renderToSVGString numbers the ids of its clip paths per process, so the second drawing of one chart differs from the
# first: a hash, an ETag or a snapshot test of the picture changes with what was drawn before. It also writes a <style>
# element and style attributes, which a page with the policy "default-src 'none'" does not apply.
#
# Seen with echarts 6.1.0 on Node 20.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y > npm.log
npm install --silent --no-audit --no-fund echarts@6.1.0 > npm.log
cat > draw.mjs <<'JS'
import * as echarts from 'echarts';

function draw() {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: 300, height: 200 });
  chart.setOption({ animation: false, xAxis: {}, yAxis: {}, series: [{ type: 'line', data: [[1, 2], [3, 4]] }] });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

const [first, second] = [draw(), draw()];
const ids = svg => [...new Set(svg.match(/id="[^"]+"/g))].join(' ');
console.log('first:', ids(first));
console.log('second:', ids(second));
console.log('equal:', first === second);
console.log('style elements:', first.match(/<style/g)?.length ?? 0);
console.log('style attributes:', / style="/.test(first));
JS
node draw.mjs > seen
cat > expected <<'TEXT'
first: id="zr0-c0"
second: id="zr1-c0"
equal: false
style elements: 1
style attributes: true
TEXT
cat seen
diff expected seen
