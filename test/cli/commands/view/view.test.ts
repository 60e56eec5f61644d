import { describe, expect, test } from 'vitest';
import { temporaryStore } from '../temporary-store.js';

const ERRORS = `select service, message from events where severity = 'ERROR'`;

describe('telemetry view', () => {
  test('creates, lists, shows, replaces and removes views', async () => {
    const run = temporaryStore({ level: 'error', msg: 'boom', service: 'shop' });

    expect(await run('view', 'create', 'errors', '--sql', ERRORS, '--format', 'table')).toMatchObject({
      code: 0,
      out: 'created the view errors\n',
    });
    expect(JSON.parse((await run('view', 'list')).out)).toMatchObject([{ name: 'errors', sql: ERRORS }]);
    expect((await run('view', 'list', '--format', 'csv')).out).toMatch(/^name,created,sql\nerrors,/);
    expect(JSON.parse((await run('view', 'show', 'ERRORS')).out)).toMatchObject({
      name: 'errors',
      columns: [
        { name: 'service', type: 'VARCHAR' },
        { name: 'message', type: 'VARCHAR' },
      ],
    });
    expect((await run('view', 'show', 'errors', '--format', 'table')).out).toContain(`${ERRORS}\n\n┌`);
    expect((await run('query', 'from errors')).out).toBe('{"service":"shop","message":"boom"}\n');

    expect(await run('view', 'create', 'Errors', 'select 1 as one')).toMatchObject({ code: 1 });
    expect(await run('view', 'create', 'Errors', 'select 1 as one', '--replace')).toMatchObject({ code: 0 });
    expect((await run('query', 'from errors')).out).toBe('{"one":1}\n');
    expect(await run('view', 'rm', 'errors')).toMatchObject({ code: 0 });
    expect(JSON.parse((await run('view', 'list')).out)).toEqual([]);
    expect((await run('query', 'from errors')).code).toBe(4);
  });

  test('refuses names that are words of SQL, built-in, or need quotes', async () => {
    const run = temporaryStore({ a: 1 });

    for (const name of ['select', 'logs', 'EVENTS', 'a b', 'a-b', '1a', 'duckdb_tables', 'information_schema']) {
      const { code, err } = await run('view', 'create', name, 'select 1');
      expect({ name, code, err }).toMatchObject({ code: 2, err: expect.stringContaining(`"${name}"`) as string });
    }
    expect(JSON.parse((await run('view', 'list')).out)).toEqual([]);
  });

  test.each([
    ['select * from events where id = $id', 'no parameters'],
    ['select 1; select 2', 'there are 2'],
    ['drop table events', 'not DROP'],
    ['describe events', 'not DESCRIBE'],
    ['select missing_column from events', 'missing_column'],
    ['select * from mine', 'would read itself'],
  ])('refuses the definition %s', async (sql, problem) => {
    const run = temporaryStore({ a: 1 });

    expect(await run('view', 'create', 'mine', sql)).toMatchObject({
      code: 4,
      err: expect.stringContaining(problem) as string,
    });
    expect(JSON.parse((await run('view', 'list')).out)).toEqual([]);
  });

  test('does not replace or remove a view under its readers, unless forced', async () => {
    const run = temporaryStore({ level: 'error', msg: 'boom', service: 'shop' });
    await run('view', 'create', 'errors', ERRORS);
    await run('view', 'create', 'loud', 'select upper(message) as text from errors');
    await run('view', 'create', 'louder', `select text || '!' as text from loud`);
    await run('view', 'create', 'unrelated', 'select 1 as errors');

    const removal = await run('view', 'rm', 'errors');
    expect(removal).toMatchObject({
      code: 1,
      err: expect.stringContaining('the view loud, the view louder read it') as string,
    });
    expect(await run('view', 'create', 'errors', 'select service from events', '--replace')).toMatchObject({ code: 1 });
    expect(await run('view', 'create', 'errors', 'select text from louder', '--replace')).toMatchObject({
      code: 4,
      err: expect.stringContaining('would read itself through') as string,
    });
    expect((await run('query', 'from louder')).out).toBe('{"text":"BOOM!"}\n');

    const more = 'select message, id from events';
    expect(await run('view', 'create', 'errors', more, '--replace')).toMatchObject({ code: 0 });
    expect(await run('view', 'rm', 'errors', '--force')).toMatchObject({ code: 0 });
    expect((await run('query', 'from louder')).err).toContain('the view loud cannot be read');
    expect(JSON.parse((await run('view', 'show', 'loud')).out)).toHaveProperty('error');
  });

  test('refuses arguments that do not fit the action', async () => {
    const run = temporaryStore({ a: 1 });

    for (const args of [
      ['list', 'x'],
      ['show'],
      ['rm', 'x', 'select 1'],
      ['create', 'x', 'select 1', '--sql', 'select 1'],
      ['create', 'x', 'select 1', '--force'],
    ]) {
      expect({ args, code: (await run('view', ...args)).code }).toEqual({ args, code: 2 });
    }
    expect(await run('view', 'rm', 'x')).toMatchObject({ code: 1 });
  });

  test('refuses a --with file of the same name, and completes the name', async () => {
    const run = temporaryStore({ a: 1 });
    await run('view', 'create', 'mine', 'select 1 as a');

    const joined = await run('query', '--with', 'mine=users.csv', 'from mine');

    expect(joined).toMatchObject({
      code: 1,
      err: expect.stringContaining('the name of a view of the store') as string,
    });
    expect((await run('completion', '--values', 'views')).out).toBe('mine\n');
  });
});
