import { describe, expect, test } from 'vitest';
import { describeStore } from '../../../src/query/report/describe-store.js';
import { countByColumn } from '../../../src/query/report/event-groups.js';
import { createFixture, FIRST_RECEIVED } from '../fixture.js';

const store = () =>
  createFixture(
    { type: 'log', service: 'api', level: 'INFO', user: { id: 1 } },
    { type: 'log', service: 'web', level: 'ERROR' },
    { type: 'trace', service: 'api', name: 'GET /', duration_ms: 3 },
    { type: 'login', user: { id: 1 } },
  );

describe('countByColumn', () => {
  const count = async (by: string, bounds: { since?: number; until?: number } = {}) =>
    (await countByColumn({ dir: store().dir, ...bounds }, by)).map(({ value, events }) => [value, events]);

  test.each<[string, [string | null, number][]]>([
    [
      'type',
      [
        ['log', 2],
        ['login', 1],
        ['trace', 1],
      ],
    ],
    [
      'service',
      [
        ['api', 2],
        ['web', 1],
        [null, 1],
      ],
    ],
    ['stream', [['1', 4]]],
    [
      'USER.id',
      [
        ['1', 2],
        [null, 2],
      ],
    ],
  ])('counts by %s, the most first', async (by, groups) => {
    expect(await count(by)).toEqual(groups);
  });

  test('counts within bounds, and tells the first and the last time', async () => {
    expect(await count('type', { since: FIRST_RECEIVED + 1_000_000, until: FIRST_RECEIVED + 3_000_000 })).toEqual([
      ['log', 1],
      ['trace', 1],
    ]);
    const [group] = await countByColumn({ dir: store().dir }, 'stream');
    expect(group).toMatchObject({
      first: '2026-11-22T10:00:00Z',
      last: '2026-11-22T10:00:03Z',
      transport: 'http',
      remote: '127.0.0.1',
    });
  });

  test('counts by service where no event names one, and refuses an unknown column', async () => {
    const { dir } = createFixture({ a: 1 });
    expect(await countByColumn({ dir }, 'service')).toMatchObject([{ value: null, events: 1 }]);
    await expect(countByColumn({ dir }, 'servic')).rejects.toMatchObject({
      kind: 'usage',
      remedy: expect.stringContaining('service') as string,
    });
  });
});

describe('describeStore', () => {
  const columns = async (which: Parameters<typeof describeStore>[0]) =>
    new Map((await describeStore(which)).map(({ table, column, count }) => [`${table}.${column}`, count]));

  test('describes one table, with the columns that its events have', async () => {
    const { dir } = store();
    const spans = await columns({ dir, table: 'spans' });
    expect(spans.get('spans.duration_ms')).toBe(1);
    expect(spans.get('spans.id')).toBe(1);
    expect(spans.has('spans.level')).toBe(false);
    expect([...(await columns({ dir, table: 'streams' })).keys()].every(name => name.startsWith('streams.'))).toBe(
      true,
    );
    const events = await columns({ dir, table: 'events' });
    expect(events.get('events.level')).toBe(2);
    expect([...events.keys()].every(name => name.startsWith('events.'))).toBe(true);
  });

  test('describes the events of one type', async () => {
    const { dir } = store();
    const login = await columns({ dir, type: 'login' });
    expect(login.get('events.user.id')).toBe(1);
    expect(login.has('events.level')).toBe(false);
    expect(await columns({ dir, type: 'spans' })).toEqual(await columns({ dir, type: 'trace' }));
    expect((await columns({ dir, type: 'spans' })).get('events.duration_ms')).toBe(1);
    expect(await columns({ dir, type: 'none' })).toEqual(new Map());
  });
});
