import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { cleanEnv, telemetry, TELEMETRY, type Finished } from '../cli/command.js';
import { commandInProcess } from './command-in-process.js';

/** A `telemetry forward` that runs until it is killed. */
export interface RunningForwarder {
  /** Ends it without warning. */
  kill(): Promise<void>;
}

/** Starts `telemetry forward NAME`, which waits for more events and retries failures. */
export function startForwarder(dir: string, name: string): RunningForwarder {
  const child = spawn(process.execPath, [TELEMETRY, 'forward', name, '--store', dir], {
    cwd: dir,
    env: cleanEnv(dir),
    stdio: 'ignore',
  });
  const gone = once(child, 'exit');
  return {
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}

/** Forwards all events of a store in a process of its own, which a fault may kill. */
export function forwardCommand(
  dir: string,
  name: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  return telemetry(['forward', name, '--until-current', '--store', dir], { cwd: dir, env });
}

/** Kills a forwarder at a named step, `kills` times in a row, and lets another one finish. */
export async function killForwarderAt(fault: string, dir: string, name: string, kills: number): Promise<void> {
  for (let kill = 0; kill < kills; kill++) {
    expect(await forwardCommand(dir, name, { TELEMETRY_FAULT: fault })).toMatchObject({ code: null });
  }
  await finish(dir, name);
}

/** Forwards the rest, in the process of the test. */
async function finish(dir: string, name: string): Promise<void> {
  const args = ['forward', name, '--until-current', '--store', dir];
  expect(await commandInProcess(args, { cwd: dir })).toMatchObject({ code: 0, err: '' });
}

/** Kills forwarders at random moments of their first second, and lets another one finish. */
export async function killForwarders(dir: string, name: string, kills: number): Promise<void> {
  for (let kill = 0; kill < kills; kill++) {
    const forwarder = startForwarder(dir, name);
    await sleep(300 + Math.random() * 700);
    await forwarder.kill();
  }
  await finish(dir, name);
}
