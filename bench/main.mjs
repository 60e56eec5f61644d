// npm run bench [-- NAME...]: all lines, or those named; a name that is none lists them.
// Each line is measured against the raw operation in the same run, in interleaved rounds; the figure is the median of their ratios.
import { availableParallelism, cpus } from 'node:os';
import { withScratch } from './lib/scratch.mjs';
import { coreColumns } from './lines/core-columns.mjs';
import { encoders } from './lines/encoders.mjs';
import { group } from './lines/group.mjs';
import { help } from './lines/help.mjs';
import { importFile } from './lines/import.mjs';
import { ingest } from './lines/ingest.mjs';
import { log } from './lines/log.mjs';
import { memory } from './lines/memory.mjs';
import { needle } from './lines/needle.mjs';
import { payload } from './lines/payload.mjs';
import { otlpJson, otlpProtobuf } from './lines/otlp.mjs';
import { otlpMemory } from './lines/otlp-memory.mjs';
import { prune } from './lines/prune.mjs';
import { query } from './lines/query.mjs';
import { redaction } from './lines/redaction.mjs';
import { runLines, runStart } from './lines/run.mjs';
import { seal } from './lines/seal.mjs';
import { since, sinceJournal } from './lines/since.mjs';
import { single } from './lines/single.mjs';
import { size } from './lines/size.mjs';
import { sustained } from './lines/sustained.mjs';
import { tail } from './lines/tail.mjs';

const LINES = [
  ingest,
  importFile,
  runStart,
  runLines,
  redaction,
  single,
  otlpProtobuf,
  otlpJson,
  otlpMemory,
  memory,
  query,
  tail,
  seal,
  size,
  encoders,
  group,
  needle,
  payload,
  coreColumns,
  since,
  sinceJournal,
  prune,
  log,
  sustained,
  help,
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter(name => !LINES.some(line => line.name === name));
if (unknown.length > 0) {
  process.stderr.write(
    `bench: no line is named ${unknown.join(', ')}; there are ${LINES.map(line => line.name).join(', ')}\n`,
  );
  process.exit(2);
}

const rows = [];
for (const line of LINES.filter(({ name }) => wanted.length === 0 || wanted.includes(name)))
  rows.push(await measured(line));

print('| what | bound | measured | |');
print('|---|---|---|---|');
for (const { what, bound, figure, isMet, detail } of rows) {
  print(`| ${what} | ${bound} | **${figure}**${isMet ? '' : ' (missed)'} | ${detail} |`);
}
print(
  `\nNode ${process.versions.node}, ${process.platform}, ${availableParallelism()} cores of ${cpus()[0]?.model ?? 'unknown make'}`,
);
process.exitCode = rows.every(row => row.isMet) ? 0 : 1;

async function measured(line) {
  const rounds = [];
  for (let i = 0; i < line.rounds; i++) {
    process.stderr.write(`${line.name}: round ${i + 1} of ${line.rounds}\n`);
    rounds.push(await withScratch(scratch => line.round(scratch)));
  }
  return { what: line.what, bound: line.bound, ...line.report(rounds) };
}

function print(text) {
  process.stdout.write(text + '\n');
}
