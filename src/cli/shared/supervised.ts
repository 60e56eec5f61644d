import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Context } from './context.js';

/** Set for a process that was started by {@link supervise}. */
const SUPERVISED = 'TELEMETRY_SUPERVISED';

/** True in a process that another one of the same command line waits for. */
export function isSupervised({ env, ppid, connected }: NodeJS.Process): boolean {
  return connected && env[SUPERVISED] === String(ppid);
}

/**
 * Runs this command line in a process of its own and waits for it: for commands that may have to be ended in the middle of
 * native code, and whose exit code must be right all the same.
 * @returns its exit code: as that process told it (forceEnd), else as a shell sees it.
 */
export async function supervise({ signal }: Pick<Context, 'signal'>): Promise<number> {
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, [SUPERVISED]: String(process.pid) },
  });
  let told: number | undefined;
  child.on('message', (message: { code: number }) => (told = message.code));
  // On a terminal Ctrl-C reaches both; told of it twice, the child would take it for a second one.
  const interrupt = (): void => void child.send('interrupt');
  signal.addEventListener('abort', interrupt);
  if (signal.aborted) interrupt();
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, name) => {
      signal.removeEventListener('abort', interrupt);
      resolve(told ?? code ?? 128 + constants.signals[name!]);
    });
  });
}
