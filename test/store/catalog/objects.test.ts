import { describe, expect, test } from 'vitest';
import { openForWriting } from '../../../src/store/database/store.js';
import { createObject, listObjects, objectNamed, removeObject } from '../../../src/store/catalog/objects.js';
import { readStore, temporaryStore } from '../../helpers/store.js';

const VIEW = { name: 'Errors', kind: 'view', definition: { sql: 'select 1' }, createdAt: 7 } as const;

describe('stored objects', () => {
  test('are found by name in any case, with their definition', () => {
    const dir = temporaryStore();
    createObject(dir, VIEW);

    expect(objectNamed(dir, 'view', 'ERRORS')).toEqual(VIEW);
    expect(listObjects(dir, 'cube')).toEqual([]);
  });

  test('share their names with objects of other kinds', () => {
    const dir = temporaryStore();
    createObject(dir, VIEW);

    expect(() => createObject(dir, { ...VIEW, name: 'errors', kind: 'alert' })).toThrow(
      'there is a view "Errors" already',
    );
    expect(listObjects(dir, 'view')).toHaveLength(1);
  });

  test('are removed together with their other rows, or not at all', () => {
    const dir = temporaryStore();
    createObject(dir, VIEW);
    const failing = (): never => {
      throw new Error('disk full');
    };

    expect(() => removeObject(dir, 'view', 'errors', failing)).toThrow('disk full');
    expect(listObjects(dir, 'view')).toEqual([VIEW]);
    removeObject(dir, 'view', 'errors', db => db.exec(`insert into settings values ('removed', '1')`));
    expect(listObjects(dir, 'view')).toEqual([]);
    expect(readStore(dir, `select value from settings where key = 'removed'`)).toEqual([{ value: '1' }]);
  });

  test('say what to do when there is none of that name', () => {
    const dir = temporaryStore();
    openForWriting(dir).close();

    expect(() => removeObject(dir, 'view', 'nope')).toThrow('no view has the name "nope"');
  });
});
