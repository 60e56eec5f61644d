import { appendFileSync, copyFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { allPayloads } from './all-events.js';
import { serve } from './server.js';
import { readStore, until } from './store.js';
import { watch } from './watcher.js';

/** The watch has begun by then, mostly. */
const LONGEST_ROUND_MS = 900;

/** Lines are written at a time that fills some POSTs, now and then with a rotation. */
const LINES_AT_ONCE = 300;
const PAUSE_MS = 25;
const ROTATE_EVERY = 20;

/** How the lines of a log are written, and what its watch is started with. */
export interface WrittenLog {
  readonly args: readonly string[];
  readonly write: (file: string, lines: readonly string[]) => void;
}

/** A line each. */
const plainLog: WrittenLog = {
  args: [],
  write: (file, lines) => appendFileSync(file, `${lines.join('\n')}\n`),
};

/** In parts, as a container's runtime writes long lines; between two writes, one is unfinished. */
export const containerLog: WrittenLog = {
  args: ['--type', 'cri'],
  write(file, lines) {
    const records = lines.flatMap(line => [record('P', line.slice(0, 9)), record('F', line.slice(9))]);
    appendFileSync(file, records.slice(0, -1).join(''));
    appendFileSync(file, records.at(-1)!);
  },
};

function record(tag: string, text: string): string {
  return `2026-11-20T08:00:06.123456789Z stdout ${tag} ${text}\n`;
}

/** Writes numbered lines to a log and rotates it in the meantime, until it is told to stop. */
function startWriter(dir: string, rotate: () => void, { write }: WrittenLog = plainLog) {
  const file = join(dir, 'app.log');
  const written: string[] = [];
  const stopped = new AbortController();
  const ended = (async () => {
    for (let turn = 1; !stopped.signal.aborted; turn++) {
      const lines = Array.from(
        { length: LINES_AT_ONCE },
        (_, n) => `line ${written.length + n} of a log that is followed`,
      );
      write(file, lines);
      written.push(...lines);
      if (turn % ROTATE_EVERY === 0) rotate();
      await sleep(PAUSE_MS);
    }
  })();
  return {
    stop: async () => {
      stopped.abort();
      await ended;
      return written;
    },
  };
}

/** The number of the last event of the log that is stored, be it sealed by now or not. */
function stored(dir: string): number {
  const [source] = readStore<{ position: number }>(join(dir, 'store'), 'select position from feeds');
  return source?.position ?? 0;
}

async function messages(dir: string): Promise<string[]> {
  return (await allPayloads(join(dir, 'store'))).map(payload => (JSON.parse(payload) as { msg: string }).msg);
}

/** `app.log` becomes `app.log.1`, that `app.log.2`, and so on; none is removed. */
export function renaming(dir: string): () => void {
  let count = 0;
  return () => {
    for (let n = count++; n >= 1; n--) renameSync(join(dir, `app.log.${n}`), join(dir, `app.log.${n + 1}`));
    renameSync(join(dir, 'app.log'), join(dir, 'app.log.1'));
    writeFileSync(join(dir, 'app.log'), '');
  };
}

/** The same, by a copy: nothing is written in between. */
export function copyTruncating(dir: string): () => void {
  let count = 0;
  return () => {
    for (let n = count++; n >= 1; n--) renameSync(join(dir, `app.log.${n}`), join(dir, `app.log.${n + 1}`));
    copyFileSync(join(dir, 'app.log'), join(dir, 'app.log.1'));
    truncateSync(join(dir, 'app.log'));
  };
}

/** Kills the watch of a log that grows and is rotated, at random moments, and starts it again; at last all lines are stored, each once and in order. */
export async function killWatches(
  dir: string,
  rounds: number,
  rotating: (dir: string) => () => void,
  log = plainLog,
): Promise<void> {
  writeFileSync(join(dir, 'app.log'), '');
  const first = watch(dir, ['app.log', ...log.args]);
  await until(() => first.said().includes('watches'));
  const writer = startWriter(dir, rotating(dir), log);
  let watcher = first;
  for (let round = 0; round < rounds; round++) {
    await sleep(Math.random() * LONGEST_ROUND_MS);
    await watcher.end('SIGKILL');
    watcher = watch(dir, ['app.log', ...log.args]);
  }
  const written = await writer.stop();
  // Before that, a signal ends it as any other process.
  await until(() => watcher.said().includes('watches'));
  await until(() => stored(dir) >= written.length, `${written.length} lines; ${watcher.said()}`);
  expect(await watcher.end()).toBe(0);
  expect(await messages(dir)).toEqual(written);
}

/** Kills the server that a watch sends to, again and again, and starts it anew. */
export async function killServers(dir: string, rounds: number): Promise<void> {
  const store = join(dir, 'store');
  writeFileSync(join(dir, 'app.log'), '');
  let server = await serve({ store });
  const watcher = watch(dir, ['app.log']);
  await until(() => watcher.said().includes('watches'));
  const writer = startWriter(dir, renaming(dir));
  for (let round = 0; round < rounds; round++) {
    await sleep(Math.random() * LONGEST_ROUND_MS);
    await server.end('SIGKILL');
    server = await serve({ store });
  }
  const written = await writer.stop();
  await until(() => stored(dir) >= written.length, `${written.length} lines; ${watcher.said()}`);
  expect(await watcher.end()).toBe(0);
  await server.end();
  expect(await messages(dir)).toEqual(written);
}
