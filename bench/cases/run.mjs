import { join } from 'node:path';
import { folderIn } from '../lib/scratch.mjs';
import { cleanEnvironment, runNode, TELEMETRY } from '../lib/process.mjs';
import { median } from '../lib/statistics.mjs';

/** Long enough for both starts to be a small part. */
const LINES = 500_000;

/** Prints so many lines of 100 bytes, as fast as its reader takes them. */
const PRINT = `
const lines = (n => Array.from({ length: 1000 }, (_, i) => String(n + i).padEnd(99, '.') + '\\n').join(''));
for (let n = 0; n < ${LINES}; n += 1000)
  if (!process.stdout.write(lines(n))) await new Promise(resolve => process.stdout.once('drain', resolve));
`;

/** `telemetry run` of a command, against the bare command; the store is there, a receiver is not. */
export const runStart = {
  name: 'run',
  what: '`telemetry run -- node -e 0`, without a server: what it adds to the command, commit included',
  bound: 'under 100 ms',
  rounds: 15,
  async round(scratch) {
    const store = join(scratch, 'store');
    const options = { cwd: scratch, env: cleanEnvironment(scratch) };
    const run = () => runNode([TELEMETRY, 'run', '--store', store, '--', process.execPath, '-e', '0'], options);
    await run();
    const raw = await runNode(['-e', '0'], options);
    const ours = await run();
    return { ours: ours.ms, raw: raw.ms, added: ours.ms - raw.ms };
  },
  report(rounds) {
    const added = median(rounds.map(round => round.added));
    const ms = key => median(rounds.map(round => round[key])).toFixed(0);
    return {
      figure: `${added.toFixed(0)} ms`,
      isMet: added < 100,
      detail: `${ms('ours')} against ${ms('raw')} ms`,
    };
  },
};

/** Lines that a command prints through `telemetry run`, all of them stored at its end. */
export const runLines = {
  name: 'run-lines',
  what: `\`telemetry run\` of a command that prints ${LINES.toLocaleString('en-US')} lines of 100 bytes, passed through and stored, whole process`,
  bound: 'at least 100k lines/s',
  rounds: 3,
  async round(scratch) {
    const options = { cwd: scratch, env: cleanEnvironment(scratch) };
    const print = ['--input-type=module', '-e', PRINT];
    const raw = await runNode(print, options);
    const store = folderIn(scratch, 'store');
    const ours = await runNode([TELEMETRY, 'run', '--store', store, '--', process.execPath, ...print], options);
    if (ours.text !== raw.text) throw new Error('telemetry run changed what the command prints');
    const rate = ms => LINES / (ms / 1000);
    return { ours: rate(ours.ms), raw: rate(raw.ms) };
  },
  report(rounds) {
    const rate = key => median(rounds.map(round => round[key]));
    const thousands = key => `${Math.round(rate(key) / 1000)}k`;
    return {
      figure: thousands('ours'),
      isMet: rate('ours') >= 100_000,
      detail: `${thousands('ours')} against ${thousands('raw')} lines/s of the bare command`,
    };
  },
};
