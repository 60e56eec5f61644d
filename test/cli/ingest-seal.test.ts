import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { lockFile } from '../../src/store/locks/file-lock.js';
import { commandInProcess } from '../helpers/command-in-process.js';
import { readStore, temporaryStore, until } from '../helpers/store.js';
import { serveInProcess } from '../helpers/server-in-process.js';
import { cleanEnv, TELEMETRY, telemetry } from './command.js';

/** More events than an import leaves in the journal. */
const MANY = 100_500;

describe('an import without a server', () => {
  let cwd: string;
  let store: string;
  beforeEach(() => {
    cwd = temporaryStore();
    store = join(cwd, 'store');
  });

  function write(events: number): string {
    const lines = Array.from({ length: events }, (_, n) => `{"event_id":"e${n}","type":"log","n":${n}}\n`);
    const file = join(cwd, 'events.ndjson');
    writeFileSync(file, lines.join(''));
    return file;
  }

  const ingest = (file: string, ...args: string[]) => telemetry(['ingest', '--store', store, file, ...args], { cwd });
  const inJournal = (): number =>
    readStore<{ n: number }>(store, 'select count(*) as n from events where id > (select last_id from sealed)')[0]!.n;

  test('ends sealed when it is large, and a repeat stores nothing twice', async () => {
    const file = write(MANY);
    const { code, out } = await ingest(file, '--format', 'text');
    expect(code).toBe(0);
    expect(out).toMatch(/100,500 events stored .*\nsealed 100,500 events into \d+ segments? of /);
    expect(inJournal()).toBe(0);
    expect(await commandInProcess(['ingest', '--store', store, file, '--again'], { cwd })).toMatchObject({
      code: 0,
      err: '',
    });
    const sql = 'select count(*) c, count(distinct event_id) d, sum(n) s from events';
    expect(await commandInProcess(['query', '--store', store, sql], { cwd })).toMatchObject({
      out: `{"c":${MANY},"d":${MANY},"s":${(MANY * (MANY - 1)) / 2}}\n`,
    });
    expect(await commandInProcess(['verify', '--deep', '--store', store], { cwd })).toMatchObject({ code: 0, err: '' });
  });

  test('exits with 130 when it is interrupted while it seals', async () => {
    expect(await ingest(write(1))).toMatchObject({ code: 0 });
    const release = lockFile(join(store, 'archive.lock'))!;
    onTestFinished(release);
    const args = ['ingest', '--store', store, '--again', write(MANY)];
    const child = spawn(process.execPath, [TELEMETRY, ...args], { cwd, env: cleanEnv(cwd) });
    onTestFinished(() => void child.kill('SIGKILL'));
    const out = text(child.stdout);
    let err = '';
    child.stderr.on('data', chunk => (err += String(chunk)));
    await until(() => err.includes('waiting for another process'), 'the sealing');
    child.kill('SIGTERM');
    const [code] = (await once(child, 'close')) as [number | null];
    expect({ code, stored: (JSON.parse(await out) as { stored: number }).stored }).toEqual({
      code: 130,
      stored: MANY - 1,
    });
    expect(err).toContain('telemetry: interrupted while sealing; all events of the import are stored\nThe next server');
  });

  test('leaves a few events to the next server', async () => {
    expect(await ingest(write(10))).toMatchObject({ code: 0, err: '' });
    expect(inJournal()).toBe(10);
  });

  test('leaves all events where the store keeps them in the journal', async () => {
    expect(await commandInProcess(['archive', 'convert', '--to', 'none', '--store', store], { cwd })).toMatchObject({
      code: 3,
    });
    const server = await serveInProcess({ store, args: ['--archive', 'none'] });
    await server.end();
    expect(await ingest(write(MANY))).toMatchObject({ code: 0, err: '' });
    expect(inJournal()).toBe(MANY);
  });
});
