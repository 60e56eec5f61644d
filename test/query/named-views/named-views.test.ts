import { describe, expect, test } from 'vitest';
import { createObject } from '../../../src/store/catalog/objects.js';
import { viewsNamedIn } from '../../../src/query/named-views/named-views.js';
import { ask, createFixture } from '../fixture.js';

function createView(dir: string, name: string, sql: string): void {
  createObject(dir, { name, kind: 'view', definition: { sql }, createdAt: 1 });
}

describe('the views that a statement names', () => {
  test('are none for a statement over events', () => {
    expect(viewsNamedIn('select count(*) from events', { attributes: [], objects: [] })).toEqual([]);
  });

  test('come after those that they read, whatever the case', () => {
    const view = (name: string, sql: string) => ({ name, kind: 'view' as const, definition: { sql }, createdAt: 1 });
    const objects = [view('A', 'select * from "b" where a > 1'), view('b', 'select 1 as a from logs')];

    const names = viewsNamedIn('from a', { attributes: [], objects }).map(({ name }) => name);

    expect(names).toEqual(['logs', 'b', 'A']);
  });

  test('are all of them for a statement that lists tables', async () => {
    const fixture = createFixture({ type: 'log' });
    const { dir } = fixture;
    createView(dir, 'mine', 'select id from events');

    const session = await fixture.open();

    expect((await ask(session, 'show tables')).flat()).toEqual(expect.arrayContaining(['events', 'logs', 'mine']));
  });
});

describe('a stored view', () => {
  test('answers from the newest events, through other views', async () => {
    const fixture = createFixture({ type: 'log', level: 'ERROR', message: 'a' });
    const { dir } = fixture;
    createView(dir, 'errors', `select message from logs where severity = 'ERROR'`);
    createView(dir, 'loud', 'select upper(message) as text from errors');
    const session = await fixture.open();

    expect(await ask(session, 'select text from loud order by 1')).toEqual([['A']]);
    fixture.add({ type: 'log', level: 'ERROR', message: 'b' }, { type: 'log', level: 'INFO', message: 'c' });
    expect(await ask(session, 'select text from loud order by 1')).toEqual([['A'], ['B']]);
  });

  test('names its own error when it no longer binds', async () => {
    const fixture = createFixture({ type: 'log' });
    const { dir } = fixture;
    createView(dir, 'broken', 'select missing from events');
    const session = await fixture.open();

    await expect(ask(session, 'from broken')).rejects.toThrow(/^the view broken cannot be read: .*missing/);
    expect(await ask(session, 'select count(*) as broken from events')).toEqual([['1']]);
  });

  test('keeps its name from a --with file', async () => {
    const fixture = createFixture({ type: 'log' });
    const { dir } = fixture;
    createView(dir, 'users', 'select 1 as id');

    await expect(fixture.open({ files: [{ name: 'USERS', file: '/dev/null' }] })).rejects.toThrow(
      'USERS is the name of a view of the store',
    );
  });
});
