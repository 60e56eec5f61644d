import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Context } from './context.js';

/** The environment variable of processes that {@link supervise} starts: the pid of the supervisor. */
const SUPERVISED = 'TELEMETRY_SUPERVISED';

/** True in a process that {@link supervise} has started. */
export function isSupervised({ env, ppid, connected }: NodeJS.Process): boolean {
  return connected && env[SUPERVISED] === String(ppid);
}

/**
 * Runs this command line in a child process and waits for it. For commands that may have to end in the middle of native
 * code and still need the right exit code.
 * @returns the exit code that the child reported (forceEnd), else the one that a shell would see.
 */
export async function supervise({ signal }: Pick<Context, 'signal'>): Promise<number> {
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, [SUPERVISED]: String(process.pid) },
  });
  let reported: number | undefined;
  child.on('message', (message: { code: number }) => (reported = message.code));
  // A message instead of a signal: on a terminal, Ctrl-C already reaches both, and a second SIGINT would kill the child.
  const interrupt = (): void => void child.send('interrupt');
  signal.addEventListener('abort', interrupt);
  if (signal.aborted) interrupt();
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, name) => {
      signal.removeEventListener('abort', interrupt);
      resolve(reported ?? code ?? 128 + constants.signals[name!]);
    });
  });
}
