import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cleanEnvironment, program, stop, TELEMETRY } from './process.mjs';

/** A server that does not start in this time will not. */
const START_MS = 10_000;

/** A telemetry server on a store of its own, with more arguments and perhaps of another build: { port, pid, stop }. */
export async function startTelemetry(store, args = [], command = TELEMETRY) {
  const child = spawn(process.execPath, [command, 'serve', '--port', '0', '--store', store, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    cwd: '/',
    env: cleanEnvironment(store),
  });
  const said = [];
  child.stderr.on('data', chunk => said.push(chunk));
  const file = join(store, 'server.json');
  const url = await until(child, said, () => (existsSync(file) ? urlIn(readFileSync(file, 'utf8')) : undefined));
  return { port: Number(new URL(url).port), pid: child.pid, stop: () => stop(child) };
}

/** The raw operation of single posts: node:http that reads each body and counts. */
export async function startHttpCounter() {
  const child = spawn(process.execPath, [program('raw', 'http-counter.mjs')], { stdio: ['ignore', 'pipe', 'pipe'] });
  const out = [];
  const said = [];
  child.stdout.on('data', chunk => out.push(chunk));
  child.stderr.on('data', chunk => said.push(chunk));
  const port = await until(child, said, () => /^(\d+)\n/.exec(Buffer.concat(out).toString())?.[1]);
  return { port: Number(port), pid: child.pid, stop: () => stop(child) };
}

function urlIn(text) {
  return /"url":\s*"([^"]+)"/.exec(text)?.[1];
}

async function until(child, said, found) {
  const deadline = performance.now() + START_MS;
  while (performance.now() < deadline && child.exitCode === null) {
    const value = found();
    if (value !== undefined) return value;
    await sleep(10);
  }
  child.kill('SIGKILL');
  throw new Error(`the server did not start:\n${Buffer.concat(said).toString()}`);
}
