import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { commandInProcess } from '../../../helpers/command-in-process.js';
import { makeDirectory } from '../../../helpers/store.js';
import { createFixture, type Sent } from '../../../query/fixture.js';
import { removeDirectory } from '../../../helpers/remove-directory.js';

const SLOW = 'select name, duration_ms from spans where service = $service and duration_ms > $ms order by all';

const SPANS: Sent[] = [
  { type: 'trace', name: 'a', service: 'shop', duration_ms: 700, trace_id: '1', span_id: '1' },
  { type: 'trace', name: 'b', service: 'shop', duration_ms: 20, trace_id: '1', span_id: '2' },
  { type: 'trace', name: 'c', service: 'web', duration_ms: 900, trace_id: '1', span_id: '3' },
];

function store(...events: Sent[]) {
  const { dir } = createFixture(...(events.length === 0 ? SPANS : events));
  const run = (...args: string[]) => commandInProcess([...args, '--store', dir], { cwd: dir });
  const write = (name: string, text: string): void => {
    mkdirSync(join(dir, 'queries'), { recursive: true });
    writeFileSync(join(dir, 'queries', name), text);
  };
  return { dir, run, write };
}

const says = (text: string) => expect.stringContaining(text) as string;

describe('telemetry saved', () => {
  test('creates, lists, shows, runs, replaces and removes a query', async () => {
    const { dir, run } = store();
    const created = await run('saved', 'create', 'slow', SLOW, '--describe', 'Slow spans', '-p', 'ms=500');

    expect(created).toMatchObject({ code: 0, err: '' });
    expect(readFileSync(join(dir, 'queries/slow.sql'), 'utf8')).toBe(
      `-- description: Slow spans\n-- default: ms=500\n${SLOW}\n`,
    );
    expect(statSync(join(dir, 'queries/slow.sql')).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(dir, 'queries'))).toEqual(['slow.sql']);
    expect(JSON.parse((await run('saved', 'list')).out)).toEqual([
      {
        name: 'slow',
        description: 'Slow spans',
        parameters: [
          { name: 'service', default: null },
          { name: 'ms', default: '500' },
        ],
        sql: SLOW,
      },
    ]);
    expect((await run('saved', 'show', 'SLOW', '--format', 'table')).out).toBe(
      `saved query slow, queries/slow.sql\nSlow spans\n  -p service=VALUE\n  -p ms=500 (default)\n\n${SLOW}\n`,
    );
    expect((await run('query', '@slow', '-p', 'service=shop')).out).toBe('{"name":"a","duration_ms":700}\n');
    expect((await run('query', '@slow', '-p', 'SERVICE=shop', '-p', 'ms=800')).out).toBe('');
    expect((await run('query', '@slow', '-p', 'service=shop', '--since', '2099-01-01')).out).toBe('');

    expect(await run('saved', 'create', 'Slow', 'select 1')).toMatchObject({ code: 1, err: says('already') });
    expect(await run('saved', 'create', 'Slow', 'select 1 as one', '--replace')).toMatchObject({ code: 0 });
    expect((await run('query', '@slow')).out).toBe('{"one":1}\n');
    expect(await run('saved', 'rm', 'slow')).toMatchObject({ code: 0 });
    expect(await run('query', '@slow')).toMatchObject({ code: 1, err: says('no saved query has the name "slow"') });
  });

  test.each([
    [[], 'needs a value for $service', '-p service=VALUE'],
    [['-p', 'service=shop', '-p', 'sevrice=web'], 'has no parameter $sevrice', '$service, $ms'],
    [['-p', 'service=shop', '-p', 'ms=soon'], '-p ms=soon: the query compares $ms with a', ''],
  ])('names the parameter that is wrong: %j', async (args, problem, remedy) => {
    const { run } = store();
    await run('saved', 'create', 'slow', SLOW, '-p', 'ms=500');

    const { code, out, err } = await run('query', '@slow', ...args);

    expect({ code, out, err }).toEqual({ code: 2, out: '', err: says(problem) });
    expect(err).toContain(remedy);
  });

  test('keeps a default with line breaks, blanks and quotes as it was given', async () => {
    const { run } = store();
    const text = ` it's "two"\nlines `;
    await run('saved', 'create', 'echo', 'select $text as text', '-p', `text=${text}`);

    expect(JSON.parse((await run('query', '@echo')).out)).toEqual({ text });
  });

  test('reads files that people wrote, with the lines of their errors', async () => {
    const { run, write } = store();
    write('mine.sql', '\ufeff-- A comment.\r\n--  Default : n = 2\r\n\r\nselect $n + 1 as n; -- done\r\n');
    write('bad.sql', '-- description: has an error\n\nselect\n  nothing_like_it\nfrom events\n');
    write('.hidden.sql', 'select 1');
    write('notes.txt', 'no query');

    expect((await run('query', '@mine')).out).toBe('{"n":3}\n');
    expect((await run('query', '@mine', '-p', 'n=5')).out).toBe('{"n":6}\n');
    const { code, err } = await run('query', '@bad');
    expect({ code, err }).toEqual({ code: 4, err: says('LINE 4:   nothing_like_it') });
    expect((JSON.parse((await run('saved', 'list')).out) as { name: string }[]).map(({ name }) => name)).toEqual([
      'bad',
      'mine',
    ]);
  });

  test('refuses a name that a view, alert, cube or built-in table has, and they refuse its name', async () => {
    const { run } = store();
    await run('view', 'create', 'errors', 'select 1 as one');
    await run('saved', 'create', 'slow', 'select 1 as one');

    expect(await run('saved', 'create', 'ERRORS', 'select 1')).toMatchObject({
      code: 1,
      err: says('there is a view "errors" already'),
    });
    expect(await run('saved', 'create', 'logs', 'select 1')).toMatchObject({ code: 2 });
    for (const args of [
      ['view', 'create', 'Slow', 'select 1 as one'],
      ['alert', 'create', 'slow', '--when', 'select 1'],
      [
        'cube',
        'create',
        'slow',
        '--sql',
        `select date_trunc('hour', time) as h, count(*) as n from events group by h`,
        '--bucket',
        'h',
      ],
    ]) {
      expect({ args, ...(await run(...args)) }).toMatchObject({
        args,
        code: 1,
        err: says('there is a saved query "slow" already'),
      });
    }
    expect(await run('query', '--with', 'slow=users.csv', 'from slow')).toMatchObject({
      code: 1,
      err: says('the name of a saved query of the store'),
    });
  });

  test('reports a file that was added by hand under the name of another object', async () => {
    const { run, write } = store();
    await run('view', 'create', 'errors', 'select 1 as one');
    for (const name of ['Errors.sql', 'events.sql', 'two.sql', 'TWO.sql', 'a b.sql', 'fine.sql'])
      write(name, 'select 2 as n');

    expect(await run('query', '@errors')).toMatchObject({
      code: 1,
      err: says('has the same name as the view errors\nRename the file queries/Errors.sql'),
    });
    expect(await run('query', '@events')).toMatchObject({ code: 1, err: says('a built-in table') });
    expect(await run('query', '@two')).toMatchObject({ code: 1, err: says('has the same name as queries/') });
    expect((await run('query', 'from errors')).out).toBe('{"one":1}\n');
    expect((await run('query', '@fine')).out).toBe('{"n":2}\n');
    const list = JSON.parse((await run('saved', 'list')).out) as { name: string; error?: string }[];
    expect(list.filter(({ error }) => error === undefined).map(({ name }) => name)).toEqual(['fine']);
    expect(list).toHaveLength(6);
  });

  test.each([
    ['-- default: service\nselect $service', 'line 1 that is not name=value'],
    ['-- default: typo=1\nselect $service', 'has a default for $typo'],
    ['-- description: nothing else\n', 'has no SQL'],
  ])('names what is wrong with the header of %j', async (text, problem) => {
    const { run, write } = store();
    write('mine.sql', text);

    const { code, err } = await run('query', '@mine');

    expect(err).toContain(problem);
    expect(code).not.toBe(0);
  });

  test('refuses SQL that changes or does not run, unless forced to wait for events', async () => {
    const { run } = store();

    expect(await run('saved', 'create', 'x', 'drop table events')).toMatchObject({ code: 4, err: says('only reads') });
    expect(await run('saved', 'create', 'x', 'drop table events', '--force')).toMatchObject({ code: 4 });
    expect(await run('saved', 'create', 'x', 'select later from events')).toMatchObject({
      code: 4,
      err: says('--force saves it'),
    });
    expect(await run('saved', 'create', 'x', 'select later from events', '--force')).toMatchObject({ code: 0 });
    expect(await run('query', '@x')).toMatchObject({ code: 4, err: says('"later"') });
  });

  test('is what assert and view create take as well', async () => {
    const { run } = store();
    await run('saved', 'create', 'few', 'select count(*) < $most from spans', '-p', 'most=10');
    await run('saved', 'create', 'shop', `from spans where service = 'shop'`, '--describe', 'Spans of the shop');

    expect(await run('assert', '@few')).toMatchObject({ code: 0 });
    expect(await run('assert', '@few', '-p', 'most=2')).toMatchObject({ code: 1 });
    expect(await run('view', 'create', 'shop_spans', '@shop')).toMatchObject({ code: 0 });
    await run(
      'saved',
      'create',
      'per_hour',
      `select time_bucket(interval 1 hour, time) as hour, count(*) as n from spans group by hour`,
    );
    expect(await run('cube', 'create', 'hourly', '--sql', '@per_hour', '--bucket', 'hour')).toMatchObject({ code: 0 });
    expect((await run('alert', 'create', 'many', '--when', '@per_hour')).out).toContain('time_bucket');
    expect(await run('alert', 'create', 'none', '--when', '@nosuch')).toMatchObject({ code: 1 });
    expect((await run('query', 'select count(*) as n from shop_spans')).out).toBe('{"n":2}\n');
    expect(await run('view', 'create', 'few_view', '@few')).toMatchObject({ code: 4, err: says('no parameters') });
    expect(await run('query', '@shop.sql')).toMatchObject({ code: 2, err: says('-f FILE') });
  });

  test('is in a backup, also where its folder is a link', async () => {
    const { dir, run } = store();
    const elsewhere = makeDirectory();
    const copy = makeDirectory();
    onTestFinished(() => [elsewhere, copy].forEach(made => removeDirectory(made)));
    symlinkSync(elsewhere, join(dir, 'queries'));
    await run('saved', 'create', 'one', 'select 1 as one');
    expect(readdirSync(elsewhere)).toEqual(['one.sql']);

    expect(await run('backup', copy)).toMatchObject({ code: 0 });

    expect((await commandInProcess(['query', '@one', '--store', copy], { cwd: copy })).out).toBe('{"one":1}\n');
    expect(statSync(join(copy, 'queries')).mode & 0o777).toBe(0o700);
  });

  test('completes names, and refuses arguments that do not fit the action', async () => {
    const { run } = store();
    await run('saved', 'create', 'mine', 'select 1');

    expect((await run('completion', '--values', 'queries')).out).toBe('mine\n');
    expect(await run('completion', '--values', 'cubes')).toMatchObject({ code: 0, out: '' });
    for (const args of [['list', 'x'], ['show'], ['rm', 'x', 'select 1'], ['show', 'x', '--describe', 'y']]) {
      expect({ args, code: (await run('saved', ...args)).code }).toEqual({ args, code: 2 });
    }
  });
});
