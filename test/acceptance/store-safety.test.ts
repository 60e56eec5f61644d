import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openForWriting } from '../../src/store/database/store.js';
import { cleanEnv, TELEMETRY } from '../cli/command.js';
import { dial } from '../helpers/acks.js';
import { seal } from '../helpers/archive.js';
import { closeOf, post } from '../helpers/http.js';
import { openTestJournal } from '../helpers/journal.js';
import { serve, serveRefused } from '../helpers/server.js';
import { payloads, storedStreams, temporaryStore } from '../helpers/store.js';
import { removeDirectory } from '../helpers/remove-directory.js';

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

const bytesOf = (dir: string, file = 'telemetry.db') => readFileSync(join(dir, file)).toString('base64');

describe('who may read the store', () => {
  test('creates the directory as 0700 and every file as 0600 despite a lax umask', async () => {
    const store = join(temporaryStore(), 'deep', 'store');
    const server = await serve({ store, under: ['sh', '-c', 'umask 0; exec "$0" "$@"'] });
    await post(server.url, '{}');

    expect(mode(store)).toBe('700');
    expect(mode(join(store, '..'))).toBe('700');
    const files = readdirSync(store).sort();
    expect(files).toEqual(
      expect.arrayContaining(['server.json', 'server.lock', 'telemetry.db', 'telemetry.db-shm', 'telemetry.db-wal']),
    );
    expect(files.map(file => mode(join(store, file)))).toEqual(files.map(() => '600'));
    await server.end();
  });
});

describe('who may read a store that was there', () => {
  test('given a directory of mode 0755, then a server sets it to 0700', async () => {
    const store = join(temporaryStore(), 'store');
    mkdirSync(store);
    chmodSync(store, 0o755);

    const server = await serve({ store });

    expect(mode(store)).toBe('700');
    await server.end();
  });

  test('given a query with a lax umask, then its lock in readers/ is 0600', async () => {
    const store = temporaryStore();
    const journal = openTestJournal(store);
    journal.append([{ n: 1 }]);
    journal.close();
    await seal(store);
    const child = spawn(
      'sh',
      [
        '-c',
        'umask 0; exec "$0" "$@"',
        process.execPath,
        TELEMETRY,
        'query',
        'select * from events cross join range(1000000)',
        '--store',
        store,
      ],
      {
        env: cleanEnv(store),
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child.stdout, 'readable');

    const files = readdirSync(join(store, 'readers'));
    expect(files.map(file => mode(join(store, 'readers', file)))).toEqual(['600']);
    expect(mode(join(store, 'readers'))).toBe('700');
  });
});

test('closes a store again with all that a killed server left in it', async () => {
  const store = temporaryStore();
  const killed = await serve({ store, args: ['--query-processes', '1'] });
  await killed.end('SIGKILL');
  expect(readdirSync(store)).toEqual(expect.arrayContaining(['query.sock', 'tail.sock', 'read.token', 'server.json']));
  chmodSync(store, 0o777);

  const server = await serve({ store });
  expect(mode(store)).toBe('700');
  expect(await server.end()).toBe(0);
});

describe('a directory that is no store of ours', () => {
  test('exits with 1 for a store of a newer version and changes no byte of it', async () => {
    const store = temporaryStore();
    const db = openForWriting(store);
    db.pragma('user_version = 99');
    db.close();
    const before = bytesOf(store);

    const { code, err } = await serveRefused({ store });

    expect(code).toBe(1);
    expect(err).toMatch(/version 99[^]*Update telemetry/);
    expect(bytesOf(store)).toBe(before);
  });

  test('changes neither database nor log of a newer store after a crash', async () => {
    const [open, store] = [temporaryStore(), temporaryStore()];
    const db = openForWriting(open);
    onTestFinished(() => void db.close());
    db.pragma('wal_autocheckpoint = 0');
    db.pragma('user_version = 99');
    db.exec('create table newer(x)');
    for (const file of ['telemetry.db', 'telemetry.db-wal']) copyFileSync(join(open, file), join(store, file));
    const before = ['telemetry.db', 'telemetry.db-wal'].map(file => bytesOf(store, file));

    const { code, err } = await serveRefused({ store });

    expect(code).toBe(1);
    expect(err).toContain('version 99');
    expect(['telemetry.db', 'telemetry.db-wal'].map(file => bytesOf(store, file))).toEqual(before);
  });

  test('exits with 1 for another SQLite database and changes no byte of it', async () => {
    const store = temporaryStore();
    const db = openForWriting(store);
    db.pragma('application_id = 7');
    db.close();
    const before = bytesOf(store);

    const { code, err } = await serveRefused({ store });

    expect(code).toBe(1);
    expect(err).toMatch(/not a telemetry store; it was not touched[^]*--store/);
    expect(bytesOf(store)).toBe(before);
  });

  test.each([
    ['a text', 'dear diary, '.repeat(1000)],
    ['a few bytes', 'mine'],
    ['the start of a SQLite database', 'SQLite format 3\0'],
  ])('given %s named telemetry.db, then exit 1 says so and not a byte of it changes', async (_, text) => {
    const store = temporaryStore();
    writeFileSync(join(store, 'telemetry.db'), text);

    const { code, err } = await serveRefused({ store });

    expect(code).toBe(1);
    expect(err).toMatch(/not a SQLite database[^]*--store/);
    expect(readFileSync(join(store, 'telemetry.db'), 'latin1')).toBe(text);
  });

  test('exits with 1 for a damaged telemetry.db and tells how to save the rest', async () => {
    const store = temporaryStore();
    openForWriting(store).close();
    const bytes = readFileSync(join(store, 'telemetry.db'));
    writeFileSync(join(store, 'telemetry.db'), bytes.fill(0x41, 4096));

    const { code, err } = await serveRefused({ store });

    expect(code).toBe(1);
    expect(err).toMatch(/telemetry\.db in it is damaged\n[^]*\.recover/);
  });

  test('given a file where the directory should be, then exit 1 names it', async () => {
    const file = join(temporaryStore(), 'file');
    writeFileSync(file, 'mine');

    const { code, err } = await serveRefused({ store: file });

    expect(code).toBe(1);
    expect(err).toContain(file);
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });
});

/** Root may write anywhere; it becomes nobody for these. Anybody else stays who they are. */
const NOBODY = 65534;
const asNobody =
  process.getuid?.() === 0 ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : [];
const [probe, ...probeArgs] = [...asNobody, process.execPath, TELEMETRY, '--version'];
const canRun = process.platform === 'linux' && spawnSync(probe, probeArgs, { cwd: '/' }).status === 0;

describe.skipIf(!canRun)('a directory without permission (as root; needs setpriv, unreadable checkout)', () => {
  /** Under the root of the file system's temporary files, which anybody may enter. */
  function closedDirectory(permissions: number): string {
    const dir = mkdtempSync('/tmp/telemetry-closed-');
    onTestFinished(() => removeDirectory(dir));
    chmodSync(dir, permissions);
    return dir;
  }

  test('given no leave to create the store, then exit 1 names it and what to do', async () => {
    const store = join(closedDirectory(0o555), 'store');

    const { code, err } = await serveRefused({ store, under: asNobody });

    expect(code).toBe(1);
    expect(err).toMatch(/cannot use the store .*store: permission denied[^]*permissions/);
    expect(err).not.toContain('defect');
  });

  test("refuses another user's empty directory that everybody may write to", async () => {
    const store = closedDirectory(0o777);

    const { code, err } = await serveRefused({ store, under: asNobody });

    expect(code).toBe(1);
    expect(err).toContain(`cannot close ${store} to other users: it has mode 0777 and belongs to another user`);
    expect(err).toContain(`--store ${join(store, 'telemetry')}`);
    expect(readdirSync(store)).toEqual([]);
  });

  test("refuses somebody else's store and leaves it as it was", async () => {
    const parent = closedDirectory(0o755);
    const store = join(parent, 'store');
    mkdirSync(store, { mode: 0o700 });
    const server = await serve({ store });
    await post(server.url, '{}');
    await server.end();
    if (asNobody.length === 0) chmodSync(store, 0o000);
    onTestFinished(() => chmodSync(store, 0o700));

    const { code, err } = await serveRefused({ store, under: asNobody });

    expect(code).toBe(1);
    expect(err).toContain(`cannot use the store ${store}`);
    chmodSync(store, 0o700);
    expect(payloads(store)).toEqual(['{}']);
    expect(storedStreams(store)).toHaveLength(1);
  });
});

describe('a store that goes away under its server', () => {
  test('stops acknowledging when the database is removed or replaced; a new one starts', async () => {
    const store = temporaryStore();
    const server = await serve({ store });
    expect((await post(server.url, '{"a":1}')).status).toBe(200);
    rmSync(join(store, 'telemetry.db'));

    const refused = await post(server.url, '{"a":2}');
    expect(refused.status).toBe(503);
    expect(refused.body).toMatch(/was removed or replaced\n0\n$/);
    await server.end();
    expect((await post((await serve({ store })).url, '{"a":3}')).status).toBe(200);
  });

  test('cuts a close reason of wide characters to fit, and the server survives', async () => {
    const store = join(temporaryStore(), '遥測'.repeat(30));
    const server = await serve({ store });
    const sender = await dial(server.url);
    rmSync(join(store, 'telemetry.db'));
    const closed = closeOf(sender.socket);
    sender.send('{"a":1}');

    const [code, reason] = (await closed) as [number, Buffer];
    expect(code).toBe(1011);
    expect(reason.toString()).toMatch(/^the journal cannot be written: .*[遥測]$/);
    expect((await post(server.url, '{"a":2}')).status).toBe(503);
    await server.end();
  });
});
