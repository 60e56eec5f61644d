import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { trimEvents, openSealedRows, type TrimOptions } from '../../../src/store/journal/trim.js';
import { idRuns } from '../../../src/store/catalog/id-runs.js';
import { SQLITE_PACKAGE } from '../../../src/store/database/sqlite.js';
import { databaseFile, openForReading, openForWriting } from '../../../src/store/database/store.js';
import { propertyRuns } from '../../helpers/property-runs.js';
import { removeDirectory } from '../../helpers/remove-directory.js';

const never = new AbortController().signal;

/** Commits single events for as long as it runs; prints how many when told to stop. */
const WRITER = `
  const Database = require(process.argv[1]);
  const db = new Database(process.argv[2]);
  db.pragma('busy_timeout = 10000');
  const insert = db.prepare("insert into events(stream_id, received_at, payload) values (2, 0, '{}')");
  let count = 0;
  let stopped = false;
  process.stdin.on('data', () => (stopped = true));
  (function step() {
    if (stopped) { console.log(count); process.exit(0); }
    insert.run();
    if (count++ === 0) console.log('started');
    setTimeout(step, 1);
  })();
`;

describe('trimEvents', () => {
  let dir: string;
  let db: Database;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'trim-'));
    db = openForWriting(dir, 'os');
  });
  afterEach(() => {
    db.close();
    removeDirectory(dir);
  });

  const fill = (count: number, bytes = 10): void => {
    const insert = db.prepare('insert into events(stream_id, received_at, payload) values (1, 0, ?)');
    db.transaction(() => {
      for (let i = 0; i < count; i++) insert.run(JSON.stringify('x'.repeat(bytes)));
    })();
  };
  const held = (of = db): number[] => of.prepare('select id from events order by id').pluck().all() as number[];
  const trim = (ids: readonly number[], options: Partial<TrimOptions> = {}) =>
    trimEvents(db, idRuns(ids), { signal: never, isShared: () => false, ...options });
  const range = (first: number, last: number): number[] =>
    Array.from({ length: last - first + 1 }, (_, i) => first + i);

  test('given any set of ids, then exactly these are gone', async () => {
    fill(60);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 1, max: 70 })), async chosen => {
        const ids = chosen.sort((a, b) => a - b);
        const before = held();
        const result = await trim(ids);
        expect(held()).toEqual(before.filter(id => !ids.includes(id)));
        expect(result.events).toBe(before.length - held().length);
        fill(5);
      }),
      { numRuns: propertyRuns(8) },
    );
  });

  test('shrinks the file, empties the log and keeps the store sound', async () => {
    fill(20_000, 400);
    const before = statSync(databaseFile(dir)).size + statSync(`${databaseFile(dir)}-wal`).size;
    const result = await trim(range(1, 19_000));
    expect(result).toEqual({ events: 19_000, isComplete: true, isTruncated: true });
    expect(statSync(`${databaseFile(dir)}-wal`).size).toBe(0);
    expect(statSync(databaseFile(dir)).size).toBeLessThan(before / 5);
    expect(held()).toEqual(range(19_001, 20_000));
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  });

  test('stops between transactions on abort and reports its progress', async () => {
    fill(200_000);
    const stop = new AbortController();
    const result = await trim(range(1, 200_000), { signal: stop.signal, onProgress: () => stop.abort() });
    expect(result.isComplete).toBe(false);
    expect(result.events).toBeGreaterThan(0);
    expect(result.events).toBeLessThan(200_000);
    expect(held()).toEqual(range(result.events + 1, 200_000));
  });

  test('keeps the snapshot of a reader and waits for it before cutting the log', async () => {
    fill(5000, 400);
    const reader = openForReading(dir);
    try {
      reader.exec('begin');
      expect(held(reader)).toHaveLength(5000);
      const result = await trim(range(1, 5000));
      expect(result).toEqual({ events: 5000, isComplete: true, isTruncated: false });
      expect(held(reader)).toHaveLength(5000);
      reader.exec('commit');
      expect(held(reader)).toEqual([]);
    } finally {
      reader.close();
    }
  });

  test('lets another writer in between transactions and loses none of its events', async () => {
    fill(60_000, 300);
    const sqlite = createRequire(import.meta.url).resolve(SQLITE_PACKAGE);
    const writer = spawn(process.execPath, ['-e', WRITER, sqlite, databaseFile(dir)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let said = '';
    writer.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    await once(writer.stdout, 'data');
    const written = db.prepare('select count(*) from events where stream_id = 2').pluck();
    const before = Number(written.get());
    await trim(range(1, 60_000), { isShared: () => true });
    expect(Number(written.get())).toBeGreaterThan(before);
    writer.stdin.write('stop');
    await once(writer, 'close');
    expect(held()).toHaveLength(Number(said.trim().split('\n').at(-1)));
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  });

  describe('of sealed rows', () => {
    const expireSealed = async (lastId: number, isShared = false): Promise<void> => {
      db.prepare('update sealed set last_id = ?').run(lastId);
      const rows = openSealedRows(dir);
      await rows.trim({ signal: never, isShared: () => isShared, shrinks: true });
      rows.close();
    };

    test.each([false, true])(
      'empties a journal that is all sealed, and never reuses ids (shared: %s)',
      async shared => {
        fill(20_000, 400);
        await expireSealed(20_000, shared);
        expect(held()).toEqual([]);
        expect(statSync(databaseFile(dir)).size).toBeLessThan(1024 * 1024);
        expect(db.pragma('freelist_count', { simple: true })).toBe(0);
        expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
        fill(1);
        expect(held()).toEqual([20_001]);
      },
    );

    test('keeps rows that are not sealed', async () => {
      fill(300);
      await expireSealed(299);
      expect(held()).toEqual([300]);
    });

    test('keeps all rows while sealed events return to the journal', async () => {
      fill(300);
      db.prepare(`insert into settings(key, value) values ('returned', '[]')`).run();
      await expireSealed(300);
      expect(held()).toEqual(range(1, 300));
    });
  });
});
