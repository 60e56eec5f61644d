import { execFile } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cleanEnvironment, program, runJson, TELEMETRY } from '../lib/process.mjs';
import { folderIn, keptFolder } from '../lib/scratch.mjs';
import { startTelemetry } from '../lib/server.mjs';
import { median } from '../lib/statistics.mjs';

const EVENTS = 1_000_000;

/** `--archive-threads` of a seal by default. */
const THREADS = 1;

const MAX_CPU_RATIO = 1.4;
const MAX_WALL_RATIO = 1.3;

/** A store with all events in its journal, and a file of the same events. Made once a run. */
let made;

/** What moving events from the journal to the archive takes, the start of the process included. */
export const seal = {
  name: 'seal',
  what: "CPU time of `telemetry seal` for a million events, whole process, each rebuilt and compared, against a bare script with DuckDB's own copy of the same NDJSON to zstd Parquet, as many threads",
  bound: `at most ${MAX_CPU_RATIO}, by the clock at most ${MAX_WALL_RATIO}`,
  rounds: 5,
  async round(scratch) {
    made ??= make();
    const { store: filled, file } = await made;
    const store = join(folderIn(scratch, 'store'), 'store');
    cpSync(filled, store, { recursive: true });
    const raw = await timed(store, [program('raw', 'duckdb-copy.mjs'), file, join(scratch, 'raw.parquet'), THREADS]);
    const ours = await timed(store, [TELEMETRY, 'seal', '--store', store, '--archive-threads', THREADS]);
    return { ours, raw, cpuRatio: ours.cpu / raw.cpu, wallRatio: ours.wall / raw.wall };
  },
  report(rounds) {
    const [cpu, wall] = ['cpuRatio', 'wallRatio'].map(key => median(rounds.map(round => round[key])));
    const seconds = (whose, key) => median(rounds.map(round => round[whose][key])).toFixed(1);
    return {
      figure: cpu.toFixed(2),
      isMet: cpu <= MAX_CPU_RATIO && wall <= MAX_WALL_RATIO,
      detail:
        `${seconds('ours', 'cpu')} against ${seconds('raw', 'cpu')} s of CPU; by the clock ${wall.toFixed(2)}: ` +
        `${seconds('ours', 'wall')} against ${seconds('raw', 'wall')} s`,
    };
  },
};

async function make() {
  const folder = keptFolder('seal');
  const [store, file] = [join(folder, 'store'), join(folder, 'events.ndjson')];
  const server = await startTelemetry(store, ['--seal-events', '1000000000', '--seal-after', '999d']);
  try {
    await runJson(program('load', 'fill.mjs'), { port: server.port, events: EVENTS, file });
  } finally {
    await server.stop();
  }
  return { store, file };
}

/** Runs a Node program, and measures the whole process in seconds. */
async function timed(store, args) {
  const command = `TIMEFORMAT='%U %S %R'; time "$0" "$@" > /dev/null 2>&1`;
  const { stderr } = await promisify(execFile)('bash', ['-c', command, process.execPath, ...args.map(String)], {
    env: { ...cleanEnvironment(store), LC_ALL: 'C' },
  });
  const [user, system, wall] = stderr.trim().split(' ').map(Number);
  return { cpu: user + system, wall };
}
