import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { cleanEnv, TELEMETRY } from '../cli/command.js';
import { allPayloads } from './all-events.js';
import { serve } from './server.js';
import { payloads, until } from './store.js';

/** Some ten POSTs. */
const LINES = 150_000;

/** An import takes a few times as long. */
const LONGEST_ROUND_MS = 500;

/** Each a line of its own, so that one that is lost or there twice shows. */
function linesIn(file: string): string[] {
  const lines = Array.from({ length: LINES }, (_, n) => `{"n":${n},"text":"one line of a file that is imported"}`);
  writeFileSync(file, lines.join('\n'));
  return lines;
}

function startIngest(dir: string, store: string, file: string) {
  const child = spawn(process.execPath, [TELEMETRY, 'ingest', '--store', store, file], {
    cwd: dir,
    env: cleanEnv(dir),
    stdio: 'ignore',
  });
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  return { child, ended };
}

/** Kills imports of one file at random moments; after each, what is stored is the file's beginning, and at last all of it. */
export async function killImports(dir: string, rounds: number): Promise<void> {
  const store = join(dir, 'store');
  const file = join(dir, 'events.ndjson');
  const lines = linesIn(file);
  for (let round = 0; round < rounds; round++) {
    const { child, ended } = startIngest(dir, store, file);
    await sleep(Math.random() * LONGEST_ROUND_MS);
    child.kill('SIGKILL');
    await ended;
    const there = await allPayloads(store);
    expect(there, `after round ${round}`).toEqual(lines.slice(0, there.length));
  }
  expect(await startIngest(dir, store, file).ended).toEqual([0, null]);
  expect(await allPayloads(store)).toEqual(lines);
}

/** Kills the server that an import sends to, again and again, and starts it anew; the import ends with all of the file stored. */
export async function killServers(dir: string, rounds: number): Promise<void> {
  const store = join(dir, 'store');
  const file = join(dir, 'events.ndjson');
  const lines = linesIn(file);
  let server = await serve({ store });
  const { ended } = startIngest(dir, store, file);
  // Before that it may not have found the server yet, and would be one itself.
  await until(() => payloads(store).length > 0, 'the first event');
  for (let round = 0; round < rounds; round++) {
    await sleep(Math.random() * LONGEST_ROUND_MS);
    await server.end('SIGKILL');
    server = await serve({ store });
  }
  expect(await ended).toEqual([0, null]);
  await server.end();
  expect(await allPayloads(store)).toEqual(lines);
}
