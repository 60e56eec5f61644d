import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stop } from './process.mjs';
import { cacheFolder } from './scratch.mjs';

const PACKAGE = 'github.com/VictoriaMetrics/VictoriaLogs/app/victoria-logs@v1.52.1';

/** Time to start, in milliseconds. */
const START_MS = 10_000;

/** The path that takes NDJSON, with the fields that the events of the bench have. */
export const INSERT_PATH = '/insert/jsonline?_stream_fields=type&_time_field=time&_msg_field=msg';

/** The program, built by `go install` at the first call; undefined where Go is missing or cannot build it. */
export function victoriaLogs() {
  const bin = cacheFolder('go-bin');
  const program = join(bin, 'victoria-logs');
  if (existsSync(program)) return program;
  try {
    execFileSync('go', ['install', PACKAGE], {
      env: { ...process.env, GOBIN: bin, CGO_ENABLED: '0' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    return program;
  } catch (error) {
    process.stderr.write(`  without VictoriaLogs: ${String(error.stderr ?? error.message).trim() || error.message}\n`);
    return undefined;
  }
}

/** A server with its data in a folder: { port, stop }. */
export async function startVictoriaLogs(program, folder) {
  const port = await freePort();
  const args = [`-storageDataPath=${folder}`, `-httpListenAddr=127.0.0.1:${port}`, '-retentionPeriod=10y'];
  const child = spawn(program, args, { stdio: 'ignore' });
  const deadline = performance.now() + START_MS;
  while (!(await isUp(port))) {
    if (performance.now() > deadline) throw new Error('VictoriaLogs did not start');
    await sleep(50);
  }
  return { port, stop: () => stop(child) };
}

function isUp(port) {
  return fetch(`http://127.0.0.1:${port}/health`).then(
    reply => reply.ok,
    () => false,
  );
}

function freePort() {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
