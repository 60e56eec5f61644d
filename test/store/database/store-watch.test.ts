import { mkdirSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Sqlite } from '../../../src/store/database/sqlite.js';
import { databaseFile, openForWriting } from '../../../src/store/database/store.js';
import { type StoreChange, watchStore } from '../../../src/store/database/store-watch.js';
import { removeDirectory } from '../../helpers/remove-directory.js';

describe('watchStore', () => {
  let root: string;
  let dir: string;
  let stop: AbortController;
  let changes: AsyncGenerator<StoreChange>;
  const open: Database[] = [];

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'watch-'));
    dir = join(root, 'store');
    stop = new AbortController();
    changes = watchStore(dir, stop.signal);
  });
  afterEach(async () => {
    stop.abort();
    await changes.return(undefined);
    for (const db of open.splice(0)) db.close();
    removeDirectory(root);
  });

  const create = (): Database => {
    const db = openForWriting(dir);
    open.push(db);
    return db;
  };
  const append = (db: Database): void => {
    db.exec(`insert into events(stream_id, received_at, payload) values (1, 0, '{}')`);
  };
  const next = async (): Promise<StoreChange | 'ended'> => {
    const step = await changes.next();
    return step.done ? 'ended' : step.value;
  };

  test('ends each wait after the next of several commits', async () => {
    const db = create();
    expect(await next()).toBe('opened');
    for (let round = 0; round < 5; round++) {
      const step = next();
      append(db);
      expect(await step).toBe('committed');
    }
  });

  test('given several commits between two steps, then they are told as one', async () => {
    const db = create();
    expect(await next()).toBe('opened');
    append(db);
    append(db);
    append(db);
    expect(await next()).toBe('committed');
    const step = next();
    await expectPending(step);
    append(db);
    expect(await step).toBe('committed');
  });

  test('reports nothing when another file in the directory is written', async () => {
    create();
    expect(await next()).toBe('opened');
    const step = next();
    writeFileSync(join(dir, 'server.json'), '{}');
    await expectPending(step);
    stop.abort();
    expect(await step).toBe('ended');
  });

  test('reports a store that is created later, and its commits', async () => {
    const opened = next();
    await expectPending(opened);
    const db = create();
    expect(await opened).toBe('opened');
    const committed = next();
    append(db);
    expect(await committed).toBe('committed');
  });

  test('given a store still being created, then it is told of once it has its schema', async () => {
    mkdirSync(dir);
    const half = new Sqlite(databaseFile(dir));
    open.push(half);
    half.pragma('journal_mode = wal');
    const opened = next();
    await expectPending(opened);
    create();
    expect(await opened).toBe('opened');
  });

  test('reports commits after the log was deleted with its last writer', async () => {
    create();
    expect(await next()).toBe('opened');
    open.pop()!.close();
    const db = create();
    append(db);
    expect(await next()).toBe('committed');
  });

  test('given that the store is replaced, then the new one is opened and followed', async () => {
    create();
    expect(await next()).toBe('opened');
    const opened = next();
    renameSync(dir, join(root, 'old'));
    const db = create();
    expect(await opened).toBe('opened');
    const committed = next();
    append(db);
    expect(await committed).toBe('committed');
  });

  test('given a file that is no store, then it is refused', async () => {
    mkdirSync(dir);
    writeFileSync(databaseFile(dir), 'not a database, but long enough to have been one'.repeat(100));
    await expect(next()).rejects.toThrow(/not a SQLite database/);
  });

  test('given an abort, when waiting, then the iteration ends', async () => {
    const step = next();
    stop.abort();
    expect(await step).toBe('ended');
  });
});

/** Gives a promise that must stay pending the time to be wrong. */
async function expectPending(promise: Promise<unknown>): Promise<void> {
  const pending = Symbol('pending');
  const wait = new Promise(resolve => setTimeout(resolve, 300, pending));
  expect(await Promise.race([promise, wait])).toBe(pending);
}
