import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** Whether this machine has a program. */
export function hasProgram(name: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;
}

/** A port that was free a moment ago, for programs that cannot take a free one themselves. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}

/** Starts a program, which is ended when the test ends. */
export function startProgram(name: string, args: readonly string[]): void {
  const child = spawn(name, args, { stdio: 'ignore' });
  onTestFinished(async () => {
    const ended = once(child, 'close');
    if (child.exitCode === null) child.kill();
    await ended;
  });
}
