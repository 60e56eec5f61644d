import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { cleanEnv, TELEMETRY, telemetry, temporaryDirectory } from '../cli/command.js';
import { allPayloads } from '../helpers/all-events.js';
import { commandInProcess } from '../helpers/command-in-process.js';
import { lockIn } from '../../src/store/locks/store-lock.js';
import { seal } from '../helpers/archive.js';
import { smallDisk } from '../helpers/disk.js';
import { postJson } from '../helpers/http.js';
import { openTestJournal } from '../helpers/journal.js';
import { serveInProcess, type ServerInProcess } from '../helpers/server-in-process.js';
import { until } from '../helpers/store.js';
import { removeDirectory } from '../helpers/remove-directory.js';

const EVENTS_A_POST = 100;

/** A directory for a store and its copies. */
function place() {
  const cwd = temporaryDirectory();
  onTestFinished(() => removeDirectory(cwd));
  const store = join(cwd, 'store');
  const copy = join(cwd, 'copy');
  const run = (...args: string[]) => commandInProcess(args, { cwd });
  const backupTo = (target: string, ...args: string[]) => run('backup', target, '--store', store, ...args);
  return { cwd, store, copy, run, backupTo, backup: (...args: string[]) => backupTo(copy, ...args) };
}

/** A store with events in two segments and in the journal. */
async function storeAt(store: string, events = 900): Promise<string[]> {
  const journal = openTestJournal(store);
  const sent: string[] = [];
  for (let part = 0; part < 3; part++) {
    const own = Array.from({ length: events / 3 }, (_, i) => ({
      type: 'log',
      n: (part * events) / 3 + i,
      text: Math.random().toString(36),
    }));
    journal.append(own);
    sent.push(...own.map(event => JSON.stringify(event)));
    if (part < 2) await seal(store);
  }
  journal.close();
  return sent;
}

const bodyOf = (post: number): string[] =>
  Array.from({ length: EVENTS_A_POST }, (_, i) => `{"type":"log","n":${post * EVENTS_A_POST + i},"x": 1.50}`);

/** Between two requests: the store stays small enough to be compared whole. */
const PAUSE_MS = 20;

/** Posts numbered events one request after the other until it is stopped. */
function sendTo({ url }: ServerInProcess) {
  let acked = 0;
  const stopping = new AbortController();
  onTestFinished(() => stopping.abort());
  const ended = (async () => {
    while (!stopping.signal.aborted) {
      expect(await postJson(url, bodyOf(acked / EVENTS_A_POST).join('\n'))).toMatchObject({ accepted: EVENTS_A_POST });
      acked += EVENTS_A_POST;
      await sleep(PAUSE_MS);
    }
  })();
  // A failed test stops the server below its sender; whoever awaits `stop` still gets the error.
  ended.catch(() => undefined);
  return {
    acked: () => acked,
    stop: () => {
      stopping.abort();
      return ended;
    },
  };
}

const sentUpTo = (count: number): string[] =>
  Array.from({ length: count / EVENTS_A_POST }, (_, post) => bodyOf(post)).flat();

describe('a backup of a store that a server writes to', () => {
  test.each(['parquet', 'ndjson', 'csv', 'duckdb', 'none'])(
    'of the kind %s is an exact prefix of what was sent',
    async kind => {
      const { cwd, store, copy, run } = place();
      const args = ['--archive', kind, '--seal-events', '500', '--seal-after', '1s'];
      const server = await serveInProcess({ store, args });
      const sender = sendTo(server);
      await until(() => sender.acked() >= 1500, '1500 events');
      if (kind !== 'none')
        await until(() => existsSync(join(store, 'archive')) && statsOf(store) > 0, 'a sealed segment');

      const before = sender.acked();
      const { code, out, err } = await telemetry(['backup', copy, '--store', store, '--deep'], { cwd });
      const after = sender.acked();
      await sender.stop();

      expect({ code, err: err.replace(/^waiting for another process .*\n/, '') }).toEqual({ code: 0, err: '' });
      const there = await allPayloads(copy);
      expect(JSON.parse(out)).toMatchObject({ directory: copy, events: there.length, findings: [] });
      expect(there.length).toBeGreaterThanOrEqual(before);
      expect(there).toEqual(sentUpTo(there.length));
      expect(after).toBeGreaterThan(before);
      expect(await run('verify', '--deep', '--store', copy)).toMatchObject({ code: 0, err: '' });

      const second = await serveInProcess({ store: copy });
      expect(await postJson(second.url, '{"n":"later"}')).toMatchObject({ accepted: 1 });
      expect(await second.end()).toBe(0);
      expect(await allPayloads(copy)).toEqual([...there, '{"n":"later"}']);
      expect(await server.end()).toBe(0);
      expect(await allPayloads(store)).toEqual(sentUpTo(sender.acked()));
    },
  );
});

/** The files in the archive of a store. */
function statsOf(store: string): number {
  return readdirSync(join(store, 'archive'), { recursive: true, encoding: 'utf8' }).filter(name => /\.\w+$/.test(name))
    .length;
}

describe('a backup', () => {
  test('is the same store until it is opened for writing, then it has a new epoch', async () => {
    const { store, copy, run, backup } = place();
    await storeAt(store);
    const identity = async (dir: string): Promise<unknown[]> => {
      const { id, epoch } = JSON.parse((await run('stats', '--store', dir)).out) as Record<string, unknown>;
      return [id, epoch];
    };
    const [id, epoch] = await identity(store);

    expect(JSON.parse((await backup()).out)).toMatchObject({ id, epoch });

    expect(JSON.parse((await run('verify', '--store', copy)).out)).toMatchObject({ id, epoch });
    expect(await identity(copy)).toEqual([id, epoch]);
    expect(await run('send', 'hi', '--store', copy)).toMatchObject({ code: 0 });
    const [copyId, copyEpoch] = await identity(copy);
    expect(copyId).toBe(id);
    expect(copyEpoch).not.toBe(epoch);
    expect(await run('seal', '--store', store)).toMatchObject({ code: 0 });
    expect(await identity(store)).toEqual([id, epoch]);
    expect(await identity(copy)).toEqual([id, copyEpoch]);
  });

  test('has the tokens, schemas, settings, indexes and offsets of the store', async () => {
    const { cwd, store, copy, run, backup } = place();
    writeFileSync(join(cwd, 'in.ndjson'), '{"type":"log","n":1}\n{"type":"log","n":2}\n');
    writeFileSync(join(cwd, 'log.json'), '{"type":"object"}');
    for (const args of [
      ['ingest', 'in.ndjson'],
      ['archive', 'convert', '--to', 'none'],
      ['token', 'create', 'ci'],
      ['retention', 'set', 'log=90d'],
      ['schema', 'register', 'log', 'log.json'],
      ['index', 'add', 'n'],
    ]) {
      expect(await run(...args, '--store', store)).toMatchObject({ code: 0 });
    }

    expect(await backup()).toMatchObject({ code: 0, err: '' });

    for (const args of [['token', 'list'], ['retention'], ['schema', 'list'], ['index', 'list']]) {
      const of = async (dir: string) => (await run(...args, '--store', dir)).out;
      expect(await of(copy)).toBe(await of(store));
    }
    expect(await run('ingest', 'in.ndjson', '--store', copy)).toMatchObject({ code: 0 });
    expect(await allPayloads(copy)).toHaveLength(2);
  });

  test('on a terminal tells what was copied and that it was verified', async () => {
    const { store, copy, backup } = place();
    await storeAt(store);

    const { code, out } = await backup('--format', 'table');

    expect(code).toBe(0);
    expect(out).toMatch(
      /^copied 2 segments \([\d.]+ kB\) and 900 events to \S+\nverified the copy: no damage found\n$/,
    );
    expect(out).toContain(copy);
  });

  test('into a directory with files is refused, and nothing of it changes', async () => {
    const { store, copy, backup } = place();
    await storeAt(store);
    mkdirSync(copy);
    writeFileSync(join(copy, 'mine'), 'x');

    expect(await backup()).toMatchObject({ code: 1, out: '', err: expect.stringContaining('is not empty') as string });
    expect(readdirSync(copy)).toEqual(['mine']);
  });

  test('into an empty directory leaves it to its owner', async () => {
    const { store, copy, backup } = place();
    await storeAt(store);
    mkdirSync(copy, { mode: 0o755 });

    expect(await backup()).toMatchObject({ code: 0, err: '' });
    expect(statSync(copy).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(copy, { recursive: true, encoding: 'utf8' })) {
      expect(statSync(join(copy, name)).mode & 0o077).toBe(0);
    }
  });

  test('into the store itself is refused, also by way of a link', async () => {
    const { cwd, store, backupTo } = place();
    await storeAt(store);
    symlinkSync(store, join(cwd, 'link'));

    for (const target of [store, join(store, 'copy'), join(cwd, 'link', 'a', 'copy')]) {
      expect(await backupTo(target)).toMatchObject({
        code: 1,
        err: expect.stringContaining('into itself') as string,
      });
    }
    expect(existsSync(join(store, 'a'))).toBe(false);
  });

  test('of a directory without a store exits with 3 and makes nothing', async () => {
    const { copy, backup } = place();

    expect(await backup()).toMatchObject({ code: 3 });
    expect(existsSync(copy)).toBe(false);
  });

  test('of a store with a damaged segment is kept, and exits with 1', async () => {
    const { store, copy, run, backup } = place();
    await storeAt(store);
    const file = readdirSync(join(store, 'archive'), { recursive: true, encoding: 'utf8' }).find(name =>
      name.endsWith('.parquet'),
    )!;
    writeFileSync(join(store, 'archive', file), 'damaged');

    const { code, out, err } = await backup();

    expect({ code, err }).toMatchObject({
      code: 1,
      err: expect.stringContaining('verify found one problem') as string,
    });
    expect(JSON.parse(out)).toMatchObject({ findings: [{ file: join('archive', file) }] });
    expect((await run('query', 'select count(*) as c from events', '--store', copy)).out).toBe('{"c":600}\n');
  });

  test('that is interrupted removes what it wrote, and exits with 130', async () => {
    const { cwd, store, copy } = place();
    await storeAt(store);
    const unlock = lockIn(store, 'archive.lock')!;
    onTestFinished(unlock);
    const child = spawn(process.execPath, [TELEMETRY, 'backup', copy, '--store', store], { env: cleanEnv(cwd) });
    let err = '';
    child.stderr.on('data', (text: Buffer) => (err += text.toString()));
    await until(() => err.includes('waiting for another process'), 'the wait for the lock');
    child.kill('SIGINT');

    expect(await once(child, 'exit')).toEqual([130, null]);
    expect(err).toContain('interrupted');
    expect(existsSync(copy)).toBe(false);
  });
});

describe('a backup that is killed', () => {
  test.each(['backup:part', 'backup:file', 'backup:before-rename'])('at %s leaves no store', async fault => {
    const { cwd, store, copy, run, backup } = place();
    const sent = await storeAt(store);
    const child = spawn(process.execPath, [TELEMETRY, 'backup', copy, '--store', store], {
      env: cleanEnv(cwd, { TELEMETRY_FAULT: fault }),
      stdio: 'ignore',
    });

    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
    expect(await run('query', 'from events', '--store', copy)).toMatchObject({ code: 3 });
    const again = await backup();
    expect(again).toMatchObject({ code: 1, err: expect.stringContaining('a backup that was interrupted') as string });
    removeDirectory(copy);
    expect(await backup()).toMatchObject({ code: 0, err: '' });
    expect(await allPayloads(copy)).toEqual(sent);
    expect(await run('verify', '--store', store)).toMatchObject({ code: 0 });
  });
});

describe('a backup to a disk that is too small', () => {
  test.each([
    ['its database', false],
    ['its files', true],
  ])('for %s leaves nothing there, and exits with 1', async (_, isSealed) => {
    const disk = smallDisk(1);
    const { store, backupTo } = place();
    // There are users who may not mount a tmpfs.
    if (disk === undefined) return;
    const journal = openTestJournal(store);
    journal.append(Array.from({ length: 4000 }, (__, n) => ({ n, text: randomBytes(600).toString('base64') })));
    journal.close();
    if (isSealed) await seal(store);

    for (const target of [disk, join(disk, 'copy')]) {
      const { code, out, err } = await backupTo(target);
      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(err).toMatch(/the disk is full.*\n.*Free some space there/);
      expect(readdirSync(disk)).toEqual([]);
    }
  });
});
