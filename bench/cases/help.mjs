import { runNode, TELEMETRY } from '../lib/process.mjs';
import { median } from '../lib/statistics.mjs';

/** The start of the command against the start of Node. */
export const help = {
  name: 'help',
  what: '`telemetry --help`, whole process, against `node -e 0`',
  bound: 'at most 2',
  rounds: 20,
  async round() {
    const raw = await runNode(['-e', '0']);
    const ours = await runNode([TELEMETRY, '--help']);
    return { ours: ours.ms, raw: raw.ms, ratio: ours.ms / raw.ms };
  },
  report(rounds) {
    const ratio = median(rounds.map(round => round.ratio));
    const ms = key => median(rounds.map(round => round[key])).toFixed(0);
    return { figure: ratio.toFixed(2), isMet: ratio <= 2, detail: `${ms('ours')} against ${ms('raw')} ms` };
  },
};
