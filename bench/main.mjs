// npm run bench [-- [--write] NAME...]: all cases, or those named; --write puts what was measured into docs/performance.md.
// Each case is measured against the raw operation in the same run, in interleaved rounds; its figure is the median of their ratios.
import { availableParallelism, cpus } from 'node:os';
import { CASES } from './cases/all.mjs';
import { formatTable, writePage } from './lib/page.mjs';
import { withScratch } from './lib/scratch.mjs';

const args = process.argv.slice(2);
const wanted = args.filter(arg => arg !== '--write');
const unknown = wanted.filter(name => !CASES.some(one => one.name === name));
if (unknown.length > 0) {
  process.stderr.write(
    `bench: no case is named ${unknown.join(', ')}; there are ${CASES.map(one => one.name).join(', ')}\n`,
  );
  process.exit(2);
}

const results = [];
for (const one of CASES.filter(({ name }) => wanted.length === 0 || wanted.includes(name)))
  await add(await measure(one));

process.stdout.write(`${formatTable(results)}
Node ${process.versions.node}, ${process.platform}, ${availableParallelism()} cores of ${cpus()[0]?.model ?? 'unknown make'}
`);
process.exitCode = results.every(result => result.isMet) ? 0 : 1;

/** Writes each result as it comes: a case that fails must not cost the ones before it. */
async function add(result) {
  results.push(result);
  if (args.includes('--write')) await writePage([result]);
}

async function measure(one) {
  const rounds = [];
  for (let i = 0; i < one.rounds; i++) {
    process.stderr.write(`${one.name}: round ${i + 1} of ${one.rounds}\n`);
    rounds.push(await withScratch(scratch => one.round(scratch)));
  }
  return { name: one.name, what: one.what, bound: one.bound, ...one.report(rounds) };
}
