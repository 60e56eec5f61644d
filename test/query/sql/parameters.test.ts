import { describe, expect, test } from 'vitest';
import { ask, column, createFixture } from '../fixture.js';

describe('a parameter', () => {
  const open = () =>
    createFixture(
      { order: '1234567890123456', n: 1234567890123456, ok: 'true', hex: '1e5' },
      { order: 'A-1', n: 2, ok: 'maybe', hex: 'ff' },
      { order: '007', n: 3 },
    ).open();

  test.each([
    ['"order" = $v', '1234567890123456', ['1']],
    ['"order" in ($v, $v)', '1234567890123456', ['1']],
    ['($v is null or "order" = $v)', '1234567890123456', ['1']],
    ['$v = "order" or n = $v', '1234567890123456', ['1']],
    ['"order" = $v or n = $v', '2', ['2']],
    ['n = $v', '1234567890123456', ['1']],
    ['n > $v', '1.5', ['1', '2', '3']],
    ['n = $v', '2.5', []],
    ['hex = $v', '1e5', ['1']],
    ['ok = $v', 'true', ['1']],
    ['"order" = $v', '007', ['3']],
    ['"order" = $v', '"1234567890123456"', ['1']],
    ['hex is not distinct from $v', 'null', ['3']],
    [`payload->>'n' = $v`, '2', ['2']],
    ['id = $v + 1', '1', ['2']],
    ['lower("order") like $v', 'a%', ['2']],
  ])('of %s has the type that it is compared with: %s', async (condition, v, ids) => {
    const session = await open();
    expect(await column(session, `select id from events where ${condition} order by id`, { v })).toEqual(ids);
  });

  test('without a type to compare with is a number, a boolean or null by its text', async () => {
    const session = await open();
    const types = `select typeof($a), typeof($b), typeof($c), typeof($d)`;
    expect(await ask(session, types, { a: '1', b: 'true', c: '1.5', d: 'x' })).toEqual([
      ['BIGINT', 'BOOLEAN', 'DOUBLE', 'VARCHAR'],
    ]);
  });

  test.each([
    ['n = $v', 'many', '-p v=many: the query compares $v with a BIGINT', 'Give a number.'],
    ['n + 1 > $v and n < $v', '12x', 'with a', 'Give a number.'],
    ['time > $v', 'someday', 'with a TIMESTAMP WITH TIME ZONE', 'Give a time such as 1h'],
  ])('of %s that is %s is refused by its name', async (condition, v, problem, remedy) => {
    const session = await open();
    const asked = ask(session, `select id from events where ${condition}`, { v });
    await expect(asked).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringContaining(problem) as string,
      remedy: expect.stringContaining(remedy) as string,
    });
  });

  test.each([
    ['time > $v', 'yesterday', ['2']],
    ['time > $v', '36h', ['2']],
    ['time < $v', '-1h', ['1', '2']],
    ['time > $v', '2001', ['2']],
    ['time > $v', '978307200', ['2']],
    ['time = $v', '946684800123456', ['1']],
    ['time between $v and now()', '2000-01', ['1', '2']],
    ['time > $v and now() > $v and rate is null', 'yesterday', ['2']],
    ['($v is null or time > $v)', 'yesterday', ['2']],
    ['time > $v', '2001-01-01 00:00:00+00', ['2']],
    ['lower(note) = $v', 'yesterday', ['1']],
    ['n = $v', '2026', ['2']],
  ])('compared with a time is one: %s for %s', async (condition, v, ids) => {
    const session = await createFixture(
      { time: '2000-01-01T00:00:00.123456Z', note: 'Yesterday', n: 1 },
      { time: new Date(Date.now() - 7_200_000).toISOString(), note: 'now', n: 2026 },
    ).open();
    expect(await column(session, `select id from events where ${condition} order by id`, { v })).toEqual(ids);
  });
});
