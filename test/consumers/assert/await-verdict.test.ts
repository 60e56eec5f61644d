import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { awaitVerdict, type Request } from '../../../src/consumers/assert/await-verdict.js';
import { openForWriting } from '../../../src/store/database/store.js';
import { createFixture } from '../../query/fixture.js';
import { removeDirectory } from '../../helpers/remove-directory.js';

const LONG = 60_000;

function request(dir: string, sql: string, more: Partial<Request> = {}): Request {
  return {
    session: { dir, signal: new AbortController().signal },
    sql,
    parameters: {},
    within: 0,
    holds: 0,
    limit: 10,
    now: () => performance.now(),
    ...more,
  };
}

describe('a verdict', () => {
  test.each([
    ['select true', true],
    ['select false', false],
    ['select null::boolean', false],
    ['select 3', true],
    ['select 0.0', false],
    ['select count(*) from events', true],
    ['select id > 0 as ok, * from events', true],
    ['select id > 1 as ok, message from events', false],
    ['select true from events where false', false],
  ])('on %s is %s', async (sql, isTrue) => {
    const { dir } = createFixture({ msg: 'a' }, { msg: 'b' });

    expect(await awaitVerdict(request(dir, sql))).toMatchObject({ isTrue });
  });

  test.each(['select message from events', `select 'true'`, 'select 1 as a, 2 as b', 'select id from events'])(
    'is refused on %s',
    async sql => {
      const { dir } = createFixture({ msg: 'a' }, { msg: 'b' });

      await expect(awaitVerdict(request(dir, sql))).rejects.toMatchObject({ kind: 'usage' });
    },
  );

  test('shows the rows that broke it, at most so many as asked', async () => {
    const { dir } = createFixture(...[1, 2, 3].map(n => ({ level: 'error', msg: `m${n}` })));

    const counted = await awaitVerdict(
      request(dir, `select count(*) = 0 from logs where severity = 'ERROR'`, { limit: 2 }),
    );
    expect(counted).toMatchObject({ reason: 'count(*) is 3', shown: { isCut: true } });
    expect(counted.shown?.rows.map(row => row.at(-1))).toEqual(['m1', 'm2']);

    const other = await awaitVerdict(request(dir, 'select count(*) = 0 from (select id from events where id > 2)'));
    expect(other.shown).toMatchObject({ rows: [['3']], isCut: false });

    const rows = await awaitVerdict(request(dir, `select message <> 'm2' as ok, message from logs`));
    expect(rows).toMatchObject({ reason: '1 of 3 rows is not true', shown: { rows: [['false', 'm2']] } });
  });
});

describe('within a time', () => {
  test('a statement becomes true with a commit', async () => {
    const fixture = createFixture({ msg: 'a' });
    const waiting = awaitVerdict(request(fixture.dir, 'select count(*) > 1 from events', { within: LONG }));

    setTimeout(() => fixture.add({ msg: 'b' }), 100);

    expect(await waiting).toMatchObject({ isTrue: true });
  });

  test('a statement becomes true as time passes', async () => {
    const { dir } = createFixture({ msg: 'a' });
    const soon = new Date(Date.now() + 300).toISOString();

    expect(await awaitVerdict(request(dir, `select now() > '${soon}'::timestamptz`, { within: LONG }))).toMatchObject({
      isTrue: true,
    });
  });

  test('a column may come to be, and one that does not is an error', async () => {
    const fixture = createFixture({ msg: 'a' });
    const { dir } = fixture;
    const waiting = awaitVerdict(request(dir, 'select max(port) = 80 from events', { within: LONG }));

    setTimeout(() => fixture.add({ port: 80 }), 100);

    expect(await waiting).toMatchObject({ isTrue: true });
    await expect(
      awaitVerdict(request(dir, 'select max(other) = 80 from events', { within: 100 })),
    ).rejects.toMatchObject({ kind: 'sql' });
  });

  test('the store may come to be', async () => {
    const dir = join(mkdtempSync(join(tmpdir(), 'telemetry-assert-')), 'store');
    onTestFinished(() => removeDirectory(join(dir, '..')));
    const waiting = awaitVerdict(request(dir, 'select count(*) = 0 from events', { within: LONG }));

    setTimeout(() => openForWriting(dir).close(), 100);

    expect(await waiting).toMatchObject({ isTrue: true });
  });

  test('a statement that stays false is false, and a store that stays away an error', async () => {
    const { dir } = createFixture({ msg: 'a' });

    expect(await awaitVerdict(request(dir, 'select count(*) > 1 from events', { within: 100 }))).toMatchObject({
      isTrue: false,
      reason: 'count(*) is 1',
    });
    await expect(awaitVerdict(request(join(dir, 'nowhere'), 'select true', { within: 100 }))).rejects.toMatchObject({
      kind: 'noStore',
    });
  });

  test('an abort ends the wait', async () => {
    const { dir } = createFixture({ msg: 'a' });
    const controller = new AbortController();
    const reason = new Error('stop');
    const waiting = awaitVerdict(
      request(dir, 'select false', { within: LONG, session: { dir, signal: controller.signal } }),
    );

    setTimeout(() => controller.abort(reason), 100);

    await expect(waiting).rejects.toThrow();
  });
});

describe('for a time', () => {
  test('a statement has to stay true', async () => {
    const fixture = createFixture({ msg: 'a' });
    const { dir } = fixture;
    const sql = 'select count(*) = 1 from events';

    expect(await awaitVerdict(request(dir, sql, { holds: 100 }))).toMatchObject({ isTrue: true });

    // The time is asked for at first, for the first verdict, and then for how long to wait.
    let asked = 0;
    const now = (): number => {
      if (++asked === 3) fixture.add({ msg: 'b' });
      return performance.now();
    };
    expect(await awaitVerdict(request(dir, sql, { holds: LONG, now }))).toMatchObject({
      isTrue: false,
      reason: 'no longer true: count(*) is 2',
    });
  });

  test('a statement may become true again within the time for that', async () => {
    const fixture = createFixture({ msg: 'a' });
    const sql = 'select count(*) % 2 = 1 as odd from events';
    const waiting = awaitVerdict(request(fixture.dir, sql, { within: LONG, holds: 400 }));

    setTimeout(() => fixture.add({ msg: 'b' }), 100);
    setTimeout(() => fixture.add({ msg: 'c' }), 300);

    expect(await waiting).toMatchObject({ isTrue: true });
  });
});
