import { expect, onTestFinished, test } from 'vitest';
import type { ObjectEntry } from '../../../../../src/consumers/remotes/kinds/objects/manifest-format.js';
import { cutObject, PendingObjects } from '../../../../../src/consumers/remotes/kinds/objects/pending-objects.js';
import { openForWriting } from '../../../../../src/store/database/store.js';
import { readStore, temporaryStore } from '../../../../helpers/store.js';
import { watchSyncs } from '../../../../helpers/watch-syncs.js';

const ENTRY = {
  file: 'day=2026-11-29/type=log/1-2.parquet',
  first_id: 1,
  last_id: 2,
  events: 2,
  bytes: 100,
  sha256: 'a'.repeat(64),
} as ObjectEntry;

test.each([
  ['cut', (pending: PendingObjects) => pending.recordCut({ afterId: 0, toId: 2, objects: [cutObject(ENTRY)] }, 1)],
  ['merged', (pending: PendingObjects) => pending.recordMerged(ENTRY, 1)],
] as const)('given a %s object, then its record is on disk before it may be sent', (state, record) => {
  const dir = temporaryStore();
  const db = openForWriting(dir, 'os');
  onTestFinished(() => {
    db.close();
  });
  const seen: unknown[] = [];
  watchSyncs(() => seen.push(readStore(dir, 'select state from remote_objects')));
  record(new PendingObjects(db, 'far'));
  expect(seen).toEqual([[{ state }]]);
});
