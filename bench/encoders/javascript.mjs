// Events, one a line, as JSON.stringify writes them, each followed by U+001E: node javascript.mjs INDENT < events.ndjson
import { readFileSync, writeFileSync } from 'node:fs';

const indent = { none: undefined, tab: '\t', two: 2 }[process.argv[2]];
const lines = readFileSync(0, 'utf8').trimEnd().split('\n');
writeFileSync(1, lines.map(line => JSON.stringify(JSON.parse(line), undefined, indent) + '\x1e').join(''));
