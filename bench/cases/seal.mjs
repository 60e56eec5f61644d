import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { cleanEnvironment, program, runJson, TELEMETRY } from '../lib/process.mjs';
import { folderIn } from '../lib/scratch.mjs';
import { startTelemetry } from '../lib/server.mjs';

const EVENTS = 1_000_000;

/** What moving events from the journal to the archive takes, the start of the process included. */
export const seal = {
  name: 'seal',
  what: 'CPU time of `telemetry seal` for a million events, whole process',
  bound: 'at most 7 s',
  rounds: 1,
  async round(scratch) {
    const store = folderIn(scratch, 'store');
    const server = await startTelemetry(store, ['--seal-events', '1000000000', '--seal-after', '999d']);
    try {
      await runJson(program('load', 'fill.mjs'), { port: server.port, events: EVENTS });
    } finally {
      await server.stop();
    }
    const timed = `TIMEFORMAT='%U %S %R'; time "$0" "$@" > /dev/null 2>&1`;
    const { stderr } = await promisify(execFile)(
      'bash',
      ['-c', timed, process.execPath, TELEMETRY, 'seal', '--store', store],
      {
        env: { ...cleanEnvironment(store), LC_ALL: 'C' },
      },
    );
    const [user, system, wall] = stderr.trim().split(' ').map(Number);
    return { cpu: user + system, wall };
  },
  report([{ cpu, wall }]) {
    return { figure: `${cpu.toFixed(1)} s`, isMet: cpu <= 7, detail: `${wall.toFixed(1)} s by the clock` };
  },
};
