import { program, runJson } from '../lib/process.mjs';
import { folderIn } from '../lib/scratch.mjs';
import { startTelemetry } from '../lib/server.mjs';
import { median } from '../lib/statistics.mjs';

const EVENTS = 500_000;
const WARM_UP = 100_000;

/** Detectors that every event is searched with, and two fields of a half of them that are rewritten. */
const RULES = [
  ['searching', ['--redact', 'email,ip,credit-card']],
  ['secrets', ['--redact', 'secrets']],
  ['rewriting', ['--redact', 'email', '--hash', 'actorId', '--drop', 'question']],
];

/** A store that redacts against one that does not. */
export const redaction = {
  name: 'redaction',
  what: 'HTTP ingest with rules of privacy, against the same without: `--redact email,ip,credit-card`; `--redact secrets`; a redaction, a hash and a drop that rewrite half of the events',
  bound: 'at least 0.7',
  rounds: 5,
  async round(scratch) {
    const plain = await rate(scratch, []);
    const figures = { plain };
    for (const [name, args] of RULES) {
      const ours = await rate(scratch, args);
      figures[name] = { rate: ours, ratio: ours / plain };
    }
    return figures;
  },
  report(rounds) {
    const ratios = RULES.map(([name]) => median(rounds.map(round => round[name].ratio)));
    const thousands = read => `${Math.round(median(rounds.map(read)) / 1000)}k`;
    const ours = RULES.map(([name]) => thousands(round => round[name].rate));
    return {
      figure: ratios.map(ratio => ratio.toFixed(2)).join(', '),
      isMet: ratios.every(ratio => ratio >= 0.7),
      detail: `${ours.join(', ')} against ${thousands(round => round.plain)} events/s`,
    };
  },
};

async function rate(scratch, args) {
  const server = await startTelemetry(folderIn(scratch, 'store'), args);
  try {
    const load = { port: server.port, connections: 4, eventsPerPost: 1000, warmUp: WARM_UP, events: EVENTS };
    return (await runJson(program('load', 'load.mjs'), load)).rate;
  } finally {
    await server.stop();
  }
}
