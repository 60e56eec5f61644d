import { fstatSync, statSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { openForWriting, type StoreDatabase } from '../../../src/store/database/store.js';
import { syncLog } from '../../../src/store/database/sync-log.js';
import { readStore, temporaryStore } from '../../helpers/store.js';
import { watchSyncs } from '../../helpers/watch-syncs.js';

function opened(dir: string): StoreDatabase {
  const db = openForWriting(dir, 'os');
  onTestFinished(() => {
    db.close();
  });
  return db;
}

test('writes the log with what was committed, while others may write', () => {
  const dir = temporaryStore();
  const [db, other] = [opened(dir), opened(dir)];
  other.pragma('busy_timeout = 0');
  const seen: unknown[] = [];
  watchSyncs(descriptor => {
    const isLog = fstatSync(descriptor).ino === statSync(`${db.name}-wal`).ino;
    other.exec('begin immediate; rollback');
    seen.push({ isLog, names: readStore(dir, `select value from settings where key = 'tried'`) });
  });
  db.prepare(`insert into settings(key, value) values ('tried', 'yes')`).run();
  expect(seen).toEqual([]);
  syncLog(db);
  expect(seen).toEqual([{ isLog: true, names: [{ value: 'yes' }] }]);
});

test('given a log that was removed, then nothing is left to write', () => {
  const dir = temporaryStore();
  opened(dir).close();
  const db = opened(dir);
  db.close();
  expect(() => syncLog(db)).not.toThrow();
});
