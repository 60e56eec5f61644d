import { EXIT, TelemetryError } from '../../../core/errors.js';
import { parseDuration } from '../../../core/duration.js';
import { pause } from '../../../core/sleep.js';
import type { Shell } from './shell.js';

/** The interval of `\watch`, in milliseconds; that of psql. */
const USUAL_INTERVAL_MS = 2000;

/** Runs the unfinished statement, else the last one, until Ctrl-C: `\watch`, `\watch 5`, `\watch 2s`, `\watch i=1 c=3`. */
export async function watch(shell: Shell, args: readonly string[]): Promise<number> {
  const { interval, count } = timesOf(args);
  const sql = shell.input.take() || shell.last;
  if (sql === '') throw new TelemetryError('usage', 'there was nothing typed to watch', { remedy: 'Type one first.' });
  return shell.cancellable(async signal => {
    const isOver = (): boolean => signal.aborted;
    for (let round = 1; round <= count && !isOver(); round++) {
      const every = `every ${interval / 1000} s`;
      if (shell.destination === undefined) {
        await shell.context.streams.out.write(`${new Date(shell.context.now()).toISOString()} (${every})\n`);
      }
      const code = await shell.statement(sql, { isPaged: false });
      // The end of a watch by Ctrl-C is not a failure.
      if (isOver()) return EXIT.ok;
      if (code !== EXIT.ok) return code;
      if (round < count) await pause(interval, signal);
    }
    return EXIT.ok;
  });
}

function timesOf(args: readonly string[]): { readonly interval: number; readonly count: number } {
  let interval = USUAL_INTERVAL_MS;
  let count = Infinity;
  for (const arg of args) {
    const [, name, value = arg] = /^(i|interval|c|count)=(.*)$/.exec(arg) ?? [];
    if (name?.startsWith('c')) {
      if (!/^[1-9]\d*$/.test(value)) throw new TelemetryError('usage', `\\watch: "${value}" is not a number of rounds`);
      count = Number(value);
    } else interval = /^\d*\.?\d+$/.test(value) ? Number(value) * 1000 : parseDuration(value);
  }
  return { interval, count };
}
