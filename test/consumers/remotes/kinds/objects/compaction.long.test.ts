import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readStore } from '../../../../helpers/store.js';
import { Compaction } from '../../../../../src/consumers/remotes/kinds/objects/compaction.js';
import { FileStorage } from '../../../../../src/consumers/remotes/kinds/objects/file-storage.js';
import { Manifest } from '../../../../../src/consumers/remotes/kinds/objects/manifest.js';
import { PendingObjects } from '../../../../../src/consumers/remotes/kinds/objects/pending-objects.js';
import { openForWriting } from '../../../../../src/store/database/store.js';
import { readIdentity } from '../../../../../src/store/database/store-identity.js';
import { addRemote, askObjects, entriesIn, forward, makeStore, parquetIn, place, rootIn } from './fixture.js';

const WAY = `select count(*), count(distinct id), sum(hash(id, "type", "day", n, payload)) from events`;

/** A store whose events are in objects of two events each: ten of type `log`, two of type `trace`. */
async function setUp() {
  const home = place();
  const [store, lake] = [join(home, 'store'), join(home, 'lake')];
  const lines = Array.from({ length: 24 }, (_, i) => {
    const type = i < 20 ? 'log' : 'trace';
    // The column `n` is BIGINT in some objects, and VARCHAR in others.
    return JSON.stringify({ type, time: '2024-05-01T00:00:00Z', n: i % 4 === 0 ? 'x' : i, z: -0 });
  });
  makeStore(store, lines);
  addRemote(store, 'lake', `file://${lake}`, { batch: 2 });
  await forward(store);
  const db = openForWriting(store);
  const storage = new FileStorage(lake);
  const pending = new PendingObjects(db, 'lake');
  let now = Date.parse('2024-05-02T00:00:00Z');
  const of = { storage, manifest: new Manifest(storage), pending, store: readIdentity(db) };
  const compaction = new Compaction({ ...of, folder: join(store, 'merge'), now: () => now, graceMs: 1000 });
  const { signal } = new AbortController();
  return {
    store,
    lake,
    compaction,
    step: () => compaction.step(signal),
    pass: (ms: number) => (now += ms),
    close: () => db.close(),
  };
}

test('given small objects, then one in their place has the same events', async () => {
  const { lake, step, pass, close } = await setUp();
  const before = await askObjects(lake, WAY);

  expect(await step()).toBe(true);
  expect(await step()).toBe(false);

  expect(await askObjects(lake, WAY)).toEqual(before);
  const entries = entriesIn(lake);
  expect(entries.map(({ type, events, first_id, last_id }) => [type, events, first_id, last_id])).toEqual([
    ['trace', 2, 21, 22],
    ['trace', 2, 23, 24],
    ['log', 20, 1, 20],
  ]);
  // A reader may be at the old ones.
  expect(parquetIn(lake)).toHaveLength(13);
  pass(2000);
  await step();
  expect(parquetIn(lake)).toEqual(entries.map(({ file }) => file).sort());
  expect(rootIn(lake).replaced).toEqual([]);
  close();
});

test('given a merge that was sent and not named, then it is removed and repeated', async () => {
  const { store, lake, step, pass, close } = await setUp();
  const before = await askObjects(lake, WAY);
  const { signal } = new AbortController();
  // What a process leaves that is killed before the manifest names its object.
  await expect(failing(store, lake).step(signal)).rejects.toThrow('killed');
  expect(parquetIn(lake)).toHaveLength(13);
  expect(readStore(store, 'select * from remote_objects')).toHaveLength(1);

  expect(await step()).toBe(true);
  pass(2000);
  await step();
  expect(await askObjects(lake, WAY)).toEqual(before);
  expect(parquetIn(lake)).toEqual(
    entriesIn(lake)
      .map(({ file }) => file)
      .sort(),
  );
  expect(readStore(store, 'select * from remote_objects')).toEqual([]);
  close();
});

/** A compaction whose manifest cannot be changed. */
function failing(store: string, lake: string): Compaction {
  const db = openForWriting(store);
  const storage = new FileStorage(lake);
  class Failing extends Manifest {
    override replace(): Promise<boolean> {
      return Promise.reject(new Error('killed'));
    }
  }
  const pending = new PendingObjects(db, 'lake');
  return new Compaction({
    ...{ storage, pending, manifest: new Failing(storage), store: readIdentity(db) },
    ...{ folder: join(store, 'merge'), now: Date.now },
  });
}
