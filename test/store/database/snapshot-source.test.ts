import fc from 'fast-check';
import { mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openCatalog } from '../../../src/store/catalog/catalog.js';
import { trimEvents, openSealedRows } from '../../../src/store/journal/trim.js';
import { idRuns } from '../../../src/store/catalog/id-runs.js';
import { limitLog } from '../../../src/store/database/log-limit.js';
import { openReader, type JournalReader } from '../../../src/store/journal/reader.js';
import { databaseFile, LOG_LIMIT_BYTES, openForWriting } from '../../../src/store/database/store.js';
import { propertyRuns } from '../../helpers/property-runs.js';
import { removeDirectory } from '../../helpers/remove-directory.js';

const options = { signal: new AbortController().signal, isShared: () => false };

describe('a snapshot that moves', () => {
  let dir: string;
  let db: Database.Database;
  let reader: JournalReader;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'snapshot-'));
    db = openForWriting(dir, 'none');
    reader = openReader(dir);
  });
  afterEach(() => {
    reader.close();
    db.close();
    removeDirectory(dir);
  });

  function insert(count: number): void {
    const statement = db.prepare('insert into events(stream_id, received_at, payload) values (1, 1, ?)');
    db.transaction(() => {
      for (let i = 0; i < count; i++) statement.run(`{"text":"${'x'.repeat(200)}"}`);
    })();
  }
  async function sealUpTo(lastId: number): Promise<void> {
    const catalog = openCatalog(dir, () => 1);
    catalog.change({ add: [], sealing: { lastId, receivedAt: 1, eventIds: [] } });
    catalog.close();
    const rows = openSealedRows(dir);
    await rows.trim({ ...options, shrinks: false });
    rows.close();
  }
  async function prune(ids: readonly number[]): Promise<void> {
    const own = openForWriting(dir, 'none');
    await trimEvents(own, idRuns([...ids].sort((a, b) => a - b)), options);
    own.close();
  }
  const idsIn = (afterId: number, upToId: number): number[] =>
    reader.readPage(['id'], afterId, upToId, 1_000_000).values.map(([id]) => id as number);
  /** True when the log can be started again from its beginning: no reader needs what is in it. */
  const isFree = (): boolean => {
    const own = openForWriting(dir, 'none', 0);
    const [result] = own.pragma('wal_checkpoint(restart)') as { busy: number }[];
    own.close();
    return result!.busy === 0;
  };

  test('moves to the present while its rows are there', async () => {
    insert(10);
    reader.begin();
    const before = reader.version();
    insert(10);
    expect(isFree()).toBe(false);
    expect(await reader.move({ afterId: 0, upToId: 10, streams: false })).toBe(true);
    expect(reader.version()).not.toBe(before);
    expect(idsIn(0, 10)).toHaveLength(10);
    expect(reader.lastId()).toBe(20);
    reader.end();
    expect(isFree()).toBe(true);
  });

  test('copies its rows once they were sealed and deleted, and holds nothing then', async () => {
    insert(30_000);
    reader.begin();
    await sealUpTo(30_000);
    insert(5);
    expect(await reader.move({ afterId: 0, upToId: 30_000, streams: false })).toBe(false);
    expect(isFree()).toBe(true);
    expect(idsIn(0, 30_000)).toHaveLength(30_000);
    expect(reader.countEvents(10, 20)).toBe(10);
    expect(reader.readIds(['id'], [7, 29_999]).values.map(([id]) => id)).toEqual([7, 29_999]);
    expect(reader.idsWhere('id = 7', 0, 30_000, 10)).toBeUndefined();
    reader.end();
    expect(idsIn(0, 40_000)).toEqual([30_001, 30_002, 30_003, 30_004, 30_005]);
  });

  test('gives up a copy when the snapshot ends meanwhile, and the next one is whole', async () => {
    insert(30_000);
    reader.begin();
    await sealUpTo(20_000);
    const moving = reader.move({ afterId: 0, upToId: 30_000, streams: false });
    reader.end();
    reader.begin();
    expect(await moving).toBe(false);
    expect(idsIn(0, 40_000)).toHaveLength(10_000);
    reader.end();
  });

  test('copies streams, whose rows change', async () => {
    const stream = `insert into streams(started_at, transport, headers, events) values (1, 'http', '{}', ?)`;
    db.prepare(stream).run(1);
    insert(3);
    reader.begin();
    db.exec('update streams set events = 2');
    db.prepare(stream).run(9);
    for (let i = 0; i < 3; i++) expect(await reader.move({ afterId: 0, upToId: 3, streams: true })).toBe(true);
    expect(reader.readStreams(['events'], 0, 9).values.map(([events]) => events)).toEqual([1]);
    expect(reader.countStreams()).toBe(1);
    expect(idsIn(0, 3)).toHaveLength(3);
    reader.end();
    expect(reader.readStreams(['events'], 0, 9).values.map(([events]) => events)).toEqual([2, 9]);
  });

  test('keeps its rows, whatever is stored, sealed and pruned between moves', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('insert' as const), count: fc.integer({ min: 1, max: 40 }) }),
      fc.record({ do: fc.constant('seal' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
      fc.record({ do: fc.constant('prune' as const), every: fc.integer({ min: 1, max: 5 }) }),
      fc.record({ do: fc.constant('move' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async steps => {
        insert(20);
        reader.begin();
        const afterId = reader.sealedId();
        const upToId = reader.lastId();
        const expected = idsIn(afterId, upToId);
        for (const next of steps) {
          const last = db.prepare<[], number>('select max(id) from events').pluck().get() ?? 0;
          if (next.do === 'insert') insert(next.count);
          // What is sealed stays sealed, also in the steps before.
          const sealed = db.prepare<[], number>('select last_id from sealed').pluck().get()!;
          if (next.do === 'seal') await sealUpTo(Math.max(sealed, Math.floor(last * next.share)));
          if (next.do === 'prune') {
            const all = db.prepare<[], number>('select id from events').pluck().all();
            await prune(all.filter((_, i) => i % next.every === 0));
          }
          if (next.do === 'move') await reader.move({ afterId, upToId, streams: false });
          expect(idsIn(afterId, upToId)).toEqual(expected);
        }
        reader.end();
      }),
      { numRuns: propertyRuns(7) },
    );
  });

  test('does not stop the writer while it is held, and the log is small again after it', () => {
    const log = limitLog(db, dir);
    const size = (): number => statSync(`${databaseFile(dir)}-wal`).size;
    const write = (times: number): void => {
      for (let i = 0; i < times; i++) {
        insert(4000);
        log.enforce();
      }
    };
    insert(10);
    reader.begin();
    write(100);
    expect(size()).toBeGreaterThan(2 * LOG_LIMIT_BYTES);
    reader.end();
    write(60);
    expect(size()).toBeLessThan(1.5 * LOG_LIMIT_BYTES);
  });
});
