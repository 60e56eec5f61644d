import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { telemetry } from '../lib/archived-store.mjs';
import { program, runJson } from '../lib/process.mjs';
import { folderIn } from '../lib/scratch.mjs';
import { startTelemetry } from '../lib/server.mjs';
import { median } from '../lib/statistics.mjs';

const SECONDS = 15;
const PER_SECOND = 50_000;

const MAX_RATIO = 1.3;
const MAX_LAG_SECONDS = 5;

const POSTGRES = fileURLToPath(new URL('../../scripts/engines/postgres.sh', import.meta.url));

/** Ingest at a pace with one remote, against without; its lag at the end; and both at full speed. */
export const forwardLive = {
  name: 'forward-live',
  what: 'ingest at 50,000 events a second in posts of 1,000 on 4 connections with one remote (a folder; PostgreSQL on the same cores in the detail), against without: ack p99, and the lag of the remote at the end',
  bound: `at most ${MAX_RATIO}; under ${MAX_LAG_SECONDS} s`,
  rounds: 5,
  async round(scratch) {
    const folder = folderIn(scratch, 'live');
    const none = await ingest(join(folder, 'none'), undefined);
    const file = await ingest(join(folder, 'file'), pathToFileURL(join(folder, 'objects')).href);
    const postgres = startPostgres();
    try {
      return { none, file, postgres: postgres && (await ingest(join(folder, 'to-postgres'), postgres.url)) };
    } finally {
      postgres?.stop();
    }
  },
  report(rounds) {
    const of = (kind, key) => median(rounds.map(round => round[kind]?.[key] ?? NaN));
    const ratio = kind => of(kind, 'p99') / of('none', 'p99');
    const loss = kind => 100 * (1 - of(kind, 'full') / of('none', 'full'));
    const postgres = rounds[0].postgres
      ? `PostgreSQL: ${ratio('postgres').toFixed(2)}, lag ${of('postgres', 'lag').toFixed(1)} s, at full speed ${loss('postgres').toFixed(0)} % less`
      : 'PostgreSQL was left out: it is not installed';
    return {
      figure: `${ratio('file').toFixed(2)}; ${of('file', 'lag').toFixed(1)} s`,
      isMet: ratio('file') <= MAX_RATIO && of('file', 'lag') < MAX_LAG_SECONDS,
      detail: `${of('file', 'p99').toFixed(0)} against ${of('none', 'p99').toFixed(0)} ms; at full speed ${loss('file').toFixed(0)} % less than ${(of('none', 'full') / 1000).toFixed(0)}k events/s. ${postgres}`,
    };
  },
};

async function ingest(store, remote) {
  const server = await startTelemetry(store);
  try {
    if (remote !== undefined) await telemetry(store, 'remote', 'create', 'far', remote);
    const load = { port: server.port, connections: 4, eventsPerPost: 1000 };
    const paced = await runJson(program('load', 'load.mjs'), {
      ...load,
      warmUp: 50_000,
      seconds: SECONDS,
      perSecond: PER_SECOND,
    });
    const lag = remote === undefined ? 0 : await lagOf(store);
    const { rate: full } = await runJson(program('load', 'load.mjs'), { ...load, warmUp: 0, events: 1_000_000 });
    return { p99: paced.p99, lag, full };
  } finally {
    await server.stop();
  }
}

async function lagOf(store) {
  const [remote] = JSON.parse(await telemetry(store, 'remote', 'list', '--format', 'json'));
  if (remote.error !== null) throw new Error(`cannot forward: ${remote.error}`);
  return remote.lag_seconds;
}

function startPostgres() {
  try {
    const text = execFileSync(POSTGRES, ['start'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
    const { URL: url, DIR } = Object.fromEntries(
      text
        .trim()
        .split('\n')
        .map(line => line.split(/=(.*)/s)),
    );
    return { url, stop: () => execFileSync(POSTGRES, ['stop', DIR], { stdio: 'ignore' }) };
  } catch (error) {
    if (error.status === 69) return undefined;
    throw error;
  }
}
