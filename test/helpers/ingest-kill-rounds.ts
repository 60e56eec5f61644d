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

/** How large a file is, and how long a round takes at most: an import takes a few times as long. */
interface Size {
  readonly lines: number;
  readonly longestRoundMs: number;
}

/** Some ten POSTs, for the long runs. */
export const LARGE: Size = { lines: 150_000, longestRoundMs: 1000 };

/** Some four. */
const SMALL: Size = { lines: 60_000, longestRoundMs: 500 };

/** A file that is imported, and the events that are to come of it. */
export interface ImportedFile {
  readonly name: string;
  readonly args: readonly string[];
  /** Its text, of numbered events, so that one that is lost or there twice shows. */
  readonly text: (numbers: readonly number[]) => string;
  /** The event of a number, without its file. */
  readonly event: (n: number) => string;
}

/** Lines of JSON. */
const jsonLines: ImportedFile = {
  name: 'events.ndjson',
  args: [],
  text: numbers => numbers.map(n => jsonLines.event(n)).join('\n'),
  event: n => `{"n":${n},"text":"one line of a file that is imported"}`,
};

/** A container's log in which most lines come in parts, between those of the other stream. */
export const containerParts: ImportedFile = {
  name: 'web-json.log',
  args: ['--type', 'docker'],
  text: numbers => numbers.map(n => partsOf(n)).join(''),
  event: n => `{"time":"2026-11-20T08:00:06Z","type":"log","msg":"line ${n} of a container","stream":"${streamOf(n)}"}`,
};

function streamOf(n: number): string {
  return n % 7 === 0 ? 'stderr' : 'stdout';
}

function partsOf(n: number): string {
  const record = (log: string): string => `{"log":"${log}","stream":"${streamOf(n)}","time":"2026-11-20T08:00:06Z"}\n`;
  return n % 3 === 0
    ? record(`line ${n} of a container\\n`)
    : record(`line ${n}`) + record(' of a con') + record('tainer\\n');
}

/** A list within a document. */
export const listElements: ImportedFile = {
  name: 'document.json',
  args: ['--each', '.data.items'],
  text: numbers =>
    `{"data":{"count":${numbers.length},"items":[${numbers.map(n => listElements.event(n)).join(',')}]}}`,
  event: n => `{"n":${n},"text":"one element of a list that is imported"}`,
};

/** Writes the file. @returns the payloads that are to be stored. */
function write(file: string, { text, event }: ImportedFile, { lines }: Size): string[] {
  const numbers = Array.from({ length: lines }, (_, n) => n);
  writeFileSync(file, text(numbers));
  return numbers.map(n => `${event(n).slice(0, -1)},"file":${JSON.stringify(file)}}`);
}

/** Variables of an import past the journal, whatever the size of its file. */
export const DIRECT = { TELEMETRY_INGEST_DIRECT_BYTES: '0' };

/** Starts an import as a process. @param env its variables. */
export function startIngest(
  dir: string,
  store: string,
  file: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
) {
  const child = spawn(process.execPath, [TELEMETRY, 'ingest', '--store', store, ...args, file], {
    cwd: dir,
    env: cleanEnv(dir, env),
    stdio: 'ignore',
  });
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  return { child, ended };
}

/** Kills imports of one file at random moments; after each, what is stored is the file's beginning, and at last all of it. */
export async function killImports(
  dir: string,
  rounds: number,
  {
    imported = jsonLines,
    size = SMALL,
    env = {},
  }: {
    readonly imported?: ImportedFile;
    readonly size?: Size;
    readonly env?: Readonly<Record<string, string>>;
  } = {},
): Promise<void> {
  const store = join(dir, 'store');
  const file = join(dir, imported.name);
  const lines = write(file, imported, size);
  for (let round = 0; round < rounds; round++) {
    const { child, ended } = startIngest(dir, store, file, imported.args, env);
    await sleep(Math.random() * size.longestRoundMs);
    child.kill('SIGKILL');
    await ended;
    const there = await allPayloads(store);
    expect(there, `after round ${round}`).toEqual(lines.slice(0, there.length));
  }
  expect(await startIngest(dir, store, file, imported.args, env).ended).toEqual([0, null]);
  expect(await allPayloads(store)).toEqual(lines);
}

/** Kills the server that an import sends to, again and again, and starts it anew; the import ends with all of the file stored. */
export async function killServers(dir: string, rounds: number, size = SMALL): Promise<void> {
  const store = join(dir, 'store');
  const file = join(dir, jsonLines.name);
  const lines = write(file, jsonLines, size);
  let server = await serve({ store });
  const { ended } = startIngest(dir, store, file);
  // Before that it may not have found the server yet, and would be one itself.
  await until(() => payloads(store).length > 0, 'the first event');
  for (let round = 0; round < rounds; round++) {
    await sleep(Math.random() * size.longestRoundMs);
    await server.end('SIGKILL');
    server = await serve({ store });
  }
  expect(await ended).toEqual([0, null]);
  await server.end();
  expect(await allPayloads(store)).toEqual(lines);
}
