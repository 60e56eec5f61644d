import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FileStorage } from '../../../../../src/consumers/remotes/kinds/objects/file-storage.js';
import { Manifest } from '../../../../../src/consumers/remotes/kinds/objects/manifest.js';
import { ROOT_KEY, type ObjectEntry } from '../../../../../src/consumers/remotes/kinds/objects/manifest-format.js';
import { entriesIn, place, rootIn } from './fixture.js';

const STORE = { id: 'a', epoch: 'b' };

function entry(id: number): ObjectEntry {
  return {
    file: `day=2024-05-01/type=log/events-${id}.parquet`,
    ...{ store_id: 'a', epoch: 'b', first_id: id, last_id: id, events: 1, bytes: 10 },
    ...{ sha256: 'c'.repeat(64), day: '2024-05-01', type: 'log' },
    ...{ min_time: '2024-05-01T00:00:00.000000Z', max_time: '2024-05-01T00:00:00.000000Z' },
  };
}

async function manifestOf(objects: number) {
  const folder = place();
  const manifest = new Manifest(new FileStorage(folder));
  await manifest.create();
  for (let id = 1; id <= objects; id++) await append(manifest, id);
  return { folder, manifest };
}

function append(manifest: Manifest, id: number): Promise<void> {
  return manifest.append({ store: STORE, remote: 'lake', afterId: id - 1, toId: id, entries: [entry(id)] });
}

test('given 140 objects, then most of the entries are in a page, and the root is small', async () => {
  const { folder, manifest } = await manifestOf(140);

  expect(rootIn(folder).pages.map(({ objects }) => objects)).toEqual([129]);
  expect(entriesIn(folder).map(({ first_id }) => first_id)).toEqual(Array.from({ length: 140 }, (_, i) => i + 1));
  expect(statSync(join(folder, ROOT_KEY)).size).toBeLessThan(64 * 1024);
  expect(await manifest.entries(await manifest.root())).toEqual(entriesIn(folder));
});

test('given objects that are named already, then they are not named again', async () => {
  const { folder, manifest } = await manifestOf(3);
  await append(manifest, 3);
  await append(manifest, 2);

  expect(entriesIn(folder)).toHaveLength(3);
  expect(rootIn(folder).stores).toEqual([{ store_id: 'a', epoch: 'b', remote: 'lake', last_id: 3, events: 3 }]);
});

test('given a range of which a part is named, then it is refused', async () => {
  const { manifest } = await manifestOf(3);
  const entries = [entry(3), entry(4)];

  await expect(manifest.append({ store: STORE, remote: 'lake', afterId: 2, toId: 4, entries })).rejects.toThrow(
    /has the events up to 3/,
  );
});

test('given objects in pages, then one that replaces some is named once', async () => {
  const { folder, manifest } = await manifestOf(140);
  const files = new Set([100, 135, 140].map(id => entry(id).file));
  const by = { ...entry(0), file: 'merged.parquet', first_id: 100, last_id: 140, events: 3 };
  const at = '2024-05-02T00:00:00.000Z';

  expect(await manifest.replace({ files, by, at })).toBe(true);
  // As after an answer that was lost.
  expect(await manifest.replace({ files, by, at })).toBe(true);
  expect(await manifest.replace({ files, by: { ...by, file: 'other.parquet' }, at })).toBe(false);

  const named = entriesIn(folder).map(({ file }) => file);
  expect(named).toHaveLength(138);
  expect(named.filter(file => files.has(file))).toEqual([]);
  expect(named.filter(file => file === 'merged.parquet')).toHaveLength(1);
  expect(rootIn(folder).replaced).toHaveLength(4);
  expect(await manifest.deleteReplaced(at)).toBe(0);
  expect(await manifest.deleteReplaced('2024-05-03')).toBe(4);
  expect(rootIn(folder).replaced).toEqual([]);
});

test('given a prefix with a manifest of another version, then it is refused', async () => {
  const folder = place();
  const storage = new FileStorage(folder);
  await storage.put(ROOT_KEY, Buffer.from('{"format":"telemetry-objects","version":2}'), { ifAbsent: true });

  await expect(new Manifest(storage).create()).rejects.toThrow(/is of version 2, not 1/);
});
