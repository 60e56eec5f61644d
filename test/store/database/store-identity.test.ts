import { cpSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openForReading, openForWriting } from '../../../src/store/database/store.js';
import { isSamePlace, NO_PLACE, readIdentity, type StoreIdentity } from '../../../src/store/database/store-identity.js';
import { readStore, temporaryStore } from '../../helpers/store.js';
import { removeDirectory } from '../../helpers/remove-directory.js';

function identityOf(dir: string, open = openForReading): StoreIdentity {
  const db = open(dir);
  try {
    return readIdentity(db);
  } finally {
    db.close();
  }
}

const openedForWriting = (dir: string): StoreIdentity => identityOf(dir, openForWriting);

/** A store in a directory that has room for another beside it. */
function storeAndCopy(): { store: string; copy: string; made: StoreIdentity } {
  const dir = temporaryStore();
  const store = join(dir, 'store');
  return { store, copy: join(dir, 'copy'), made: openedForWriting(store) };
}

describe('the epoch of a store', () => {
  test('stays, however often the store is opened', () => {
    const { store, made } = storeAndCopy();

    expect(made).toEqual({
      id: expect.stringMatching(/^[\da-f]{32}$/) as string,
      epoch: expect.stringMatching(/^[\da-f]{16}$/) as string,
    });
    for (let i = 0; i < 3; i++) {
      expect(openedForWriting(store)).toEqual(made);
      expect(identityOf(store)).toEqual(made);
    }
  });

  test('stays when its directory is renamed', () => {
    const { store, copy, made } = storeAndCopy();
    renameSync(store, copy);

    expect(openedForWriting(copy)).toEqual(made);
  });

  test('is a new one once a copy is opened for writing, and the id is the same', () => {
    const { store, copy, made } = storeAndCopy();
    cpSync(store, copy, { recursive: true, preserveTimestamps: true });

    expect(identityOf(copy)).toEqual(made);
    const first = openForWriting(copy);
    const renewed = readIdentity(first);
    expect(renewed.id).toBe(made.id);
    expect(renewed.epoch).not.toBe(made.epoch);
    expect(openedForWriting(copy)).toEqual(renewed);
    first.close();
    expect(openedForWriting(store)).toEqual(made);

    removeDirectory(store);
    cpSync(copy, store, { recursive: true });
    expect(openedForWriting(store).epoch).not.toBe(renewed.epoch);
  });

  test('is not written again while nothing changes', () => {
    const { store } = storeAndCopy();
    openedForWriting(store);
    const db = openForWriting(store);
    const before = db.pragma('data_version', { simple: true });

    openedForWriting(store);

    expect(db.pragma('data_version', { simple: true })).toBe(before);
    expect(readStore<{ file: string }>(store, 'select file from store')[0]!.file).toMatch(/^\d+:\d+:\d*$/);
    db.close();
  });
});

describe('isSamePlace', () => {
  test.each([
    ['1:2:3', '1:2:3', true],
    ['1:2:3', '9:2:3', true],
    ['1:2:3', '1:2:4', false],
    ['1:2:3', '1:5:3', false],
    ['1:2:', '1:2:3', true],
    ['1:2:', '1:2:', true],
    ['1:2:', '9:2:', false],
    ['1:2:3', '9:2:', false],
    [NO_PLACE, '1:2:3', false],
    [NO_PLACE, '1:2:', false],
  ])('of %s and %s is %s', (a, b, isSame) => {
    expect(isSamePlace(a, b)).toBe(isSame);
    expect(isSamePlace(b, a)).toBe(isSame);
  });
});
