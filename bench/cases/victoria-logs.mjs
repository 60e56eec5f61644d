import { program, runJson } from '../lib/process.mjs';
import { folderIn } from '../lib/scratch.mjs';
import { startTelemetry } from '../lib/server.mjs';
import { median } from '../lib/statistics.mjs';
import { INSERT_PATH, startVictoriaLogs, victoriaLogs } from '../lib/victoria-logs.mjs';

const BATCHES = { connections: 4, eventsPerPost: 1000, warmUp: 100_000, events: 1_000_000 };
const SINGLES = { connections: 64, eventsPerPost: 1, warmUp: 10_000, events: 40_000 };

const MIN_BATCHES = 1.4;
const MIN_SINGLES = 1.1;
const MAX_P99 = 0.5;

/** Posts that are acknowledged from the disk, against a server that acknowledges them from memory. */
export const versusVictoriaLogs = {
  name: 'victoria-logs',
  what: 'fsynced acks against VictoriaLogs 1.52, which acks from memory: 1000-event posts on 4 connections, and single-event posts on 64',
  bound: `at least ${MIN_BATCHES}, p99 at most ${MAX_P99} of its; at least ${MIN_SINGLES}`,
  rounds: 5,
  async round(scratch) {
    const other = victoriaLogs();
    if (other === undefined) return undefined;
    const ours = await loaded(await startTelemetry(folderIn(scratch, 'store')), {});
    const theirs = await loaded(await startVictoriaLogs(other, folderIn(scratch, 'victoria')), {
      path: INSERT_PATH,
      reply: '',
    });
    return { ours, theirs };
  },
  report(rounds) {
    if (rounds.includes(undefined)) return { figure: 'left out', isMet: true, detail: 'Go is missing' };
    const middle = of => median(rounds.map(of));
    const ratio = (kind, key) => middle(({ ours, theirs }) => ours[kind][key] / theirs[kind][key]);
    const thousands = (whose, kind) => `${(middle(round => round[whose][kind].rate) / 1000).toFixed(1)}k`;
    const p99 = (whose, kind) => middle(round => round[whose][kind].p99).toFixed(0);
    const text = kind =>
      `${thousands('ours', kind)} against ${thousands('theirs', kind)} events/s, p99 ${p99('ours', kind)} against ${p99('theirs', kind)} ms`;
    const [batches, slowest, singles] = [ratio('batches', 'rate'), ratio('batches', 'p99'), ratio('singles', 'rate')];
    return {
      figure: `${batches.toFixed(2)}, p99 ${slowest.toFixed(2)}; ${singles.toFixed(2)}`,
      isMet: batches >= MIN_BATCHES && slowest <= MAX_P99 && singles >= MIN_SINGLES,
      detail: `${text('batches')}; ${text('singles')}`,
    };
  },
};

async function loaded(server, target) {
  try {
    const load = kind => runJson(program('load', 'load.mjs'), { port: server.port, ...target, ...kind });
    const batches = await load(BATCHES);
    return { batches, singles: await load(SINGLES) };
  } finally {
    await server.stop();
  }
}
