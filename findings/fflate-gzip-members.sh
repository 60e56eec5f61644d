#!/usr/bin/env bash
# fflate returns the first member of a gzip file and leaves the rest out, without an error; its stream returns all.
#
# A gzip file may have several members, one after the other: logs that are compressed by the hour and appended have them.
# gunzipSync, decompressSync and gunzip of fflate end after the first. Gunzip of fflate, pako and Node read all.
#
# Seen with fflate 0.8.3 and pako 3.0.3 on Node 20.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y > npm.log
npm install --silent --no-audit --no-fund fflate@0.8.3 pako@3.0.3 > npm.log
cat > ask.mjs <<'JS'
import { promisify } from 'node:util';
import { gunzipSync as nodeGunzip, gzipSync } from 'node:zlib';
import { decompressSync, Gunzip, gunzip, gunzipSync } from 'fflate';
import { ungzip } from 'pako';

const file = Buffer.concat(['{"n":1}\n', '{"n":2}\n', '{"n":3}\n'].map(line => gzipSync(line)));
const stream = () => {
  const chunks = [];
  new Gunzip(chunk => chunks.push(chunk)).push(file, true);
  return Buffer.concat(chunks);
};
const readers = {
  'node gunzipSync': () => nodeGunzip(file),
  'pako ungzip': () => ungzip(file),
  'fflate Gunzip': stream,
  'fflate gunzipSync': () => gunzipSync(file),
  'fflate decompressSync': () => decompressSync(file),
  'fflate gunzip': () => promisify(gunzip)(file),
};
for (const [name, read] of Object.entries(readers)) {
  console.log(`${name}: ${Buffer.from(await read()).toString().trim().split('\n').join(' ')}`);
}
JS
node ask.mjs > seen
cat > expected <<'TEXT'
node gunzipSync: {"n":1} {"n":2} {"n":3}
pako ungzip: {"n":1} {"n":2} {"n":3}
fflate Gunzip: {"n":1} {"n":2} {"n":3}
fflate gunzipSync: {"n":1}
fflate decompressSync: {"n":1}
fflate gunzip: {"n":1}
TEXT
cat seen
diff expected seen
