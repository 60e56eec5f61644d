import { mkdtempSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { trimEvents } from '../../../src/store/journal/trim.js';
import { idRuns } from '../../../src/store/catalog/id-runs.js';
import { openForWriting } from '../../../src/store/database/store.js';
import type { TailPage } from '../../../src/consumers/tail/scan.js';
import type { Selection } from '../../../src/consumers/tail/selection.js';
import { tail, type TailRequest } from '../../../src/consumers/tail/tail.js';
import { openTestJournal, type TestJournal } from '../../helpers/journal.js';
import { until } from '../../helpers/store.js';
import { removeDirectory } from '../../helpers/remove-directory.js';

const range = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i);

describe('tail', () => {
  let root: string;
  let dir: string;
  let stop: AbortController;
  let selections: Selection[];
  const journals: TestJournal[] = [];

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'tail-'));
    dir = join(root, 'store');
    stop = new AbortController();
    selections = [];
  });
  afterEach(() => {
    stop.abort();
    for (const journal of journals.splice(0)) journal.close();
    removeDirectory(root);
  });

  const open = (): TestJournal => {
    const journal = openTestJournal(dir);
    journals.push(journal);
    return journal;
  };
  const numbered = (first: number, last: number): unknown[] => range(first, last).map(n => ({ type: 'log', n }));
  const start = (request: Partial<TailRequest> = {}): AsyncGenerator<TailPage> =>
    tail(
      {
        dir,
        columns: ['id'],
        filter: undefined,
        since: undefined,
        fromId: undefined,
        last: undefined,
        follow: true,
        timezone: 'UTC',
        timeStyle: 'iso',
        ...request,
      },
      now => Promise.resolve(void selections.push(now)),
      stop.signal,
    );
  /** Takes pages until so many rows are there; then the first cell of each. */
  const take = async (pages: AsyncGenerator<TailPage>, count: number): Promise<string[]> => {
    const cells: string[] = [];
    while (cells.length < count) {
      const step = await pages.next();
      if (step.done) break;
      cells.push(...step.value.rows.map(([cell]) => cell ?? 'NULL'));
    }
    return cells;
  };
  const history = (request: Partial<TailRequest>): Promise<number[]> =>
    take(start({ ...request, follow: false }), Infinity).then(ids => ids.map(Number));

  test.each<[Partial<TailRequest>, number[]]>([
    [{}, range(1, 5000)],
    [{ last: 20 }, range(4981, 5000)],
    [{ last: 0 }, []],
    [{ last: 9999 }, range(1, 5000)],
    [{ last: 3, filter: 'n % 100 = 0' }, [4800, 4900, 5000]],
    [{ last: 3, filter: 'n <= 10' }, [8, 9, 10]],
    [{ last: 3, filter: 'n <= 2' }, [1, 2]],
    [{ last: 3, filter: 'n = 0' }, []],
    [{ fromId: 4990 }, range(4990, 5000)],
    [{ fromId: 4990, last: 2 }, [4999, 5000]],
    [{ fromId: 9000 }, []],
    [{ since: 2_000_000 }, range(2001, 5000)],
    [{ since: 2_000_000, last: 2, filter: 'n < 2500' }, [2498, 2499]],
    [{ filter: 'n in (select max(n) from events) or n = 7' }, [7, 5000]],
  ])('given 5000 events and %j, without follow, then the ids are right and in order', async (request, ids) => {
    const journal = open();
    journal.append(numbered(1, 2000), 1000);
    journal.append(numbered(2001, 5000), 2000);
    expect(await history(request)).toEqual(ids);
  });

  test('shows more events than a page once, in order, while more arrive', async () => {
    const journal = open();
    journal.append(numbered(1, 20_000));
    const ids: number[] = [];
    let next = 20_001;
    for await (const { rows, lastId } of start()) {
      ids.push(...rows.map(([id]) => Number(id)));
      expect(lastId).toBe(ids.at(-1));
      if (next < 20_100) journal.append(numbered(next, (next += 10) - 1));
      if (ids.length >= 20_100) break;
    }
    expect(ids).toEqual(range(1, 20_100));
  });

  test('ends without follow at the events that were there at its start', async () => {
    const journal = open();
    journal.append(numbered(1, 20_000));
    const pages = start({ follow: false });
    const first = await pages.next();
    journal.append(numbered(20_001, 20_010));
    const rest = await take(pages, Infinity);
    expect((first.value as TailPage).rows.length + rest.length).toBe(20_000);
  });

  test('shows only the events that match a filter as they arrive', async () => {
    const journal = open();
    journal.append(numbered(1, 10));
    const pages = start({ filter: 'n % 2 = 0', last: 1 });
    expect(await take(pages, 1)).toEqual(['10']);
    for (const n of range(11, 20)) {
      journal.append(numbered(n, n));
      if (n % 2 === 0) expect(await take(pages, 1)).toEqual([String(n)]);
    }
  });

  test('shows what comes in whatever its time, when it began with the past since a time', async () => {
    const journal = open();
    const day = 24 * 3600;
    journal.append(range(1, 10).map(n => ({ n, time: 2_000_000_000 + n * day })));
    const pages = start({ since: (2_000_000_000 + 8 * day) * 1e6 });
    expect(await take(pages, 3)).toEqual(['8', '9', '10']);
    journal.append([{ n: 11, time: 2_000_000_000 - day }, { n: 12 }]);
    expect(await take(pages, 2)).toEqual(['11', '12']);
  });

  test('shows all of a store created later, whatever -n says, and follows it', async () => {
    const pages = start({ last: 2 });
    const first = take(pages, 30);
    const journal = open();
    journal.append(numbered(1, 30));
    expect((await first).map(Number)).toEqual(range(1, 30));
    journal.append(numbered(31, 31));
    expect(await take(pages, 1)).toEqual(['31']);
  });

  test('given no store, without follow, then it is an error', async () => {
    await expect(history({})).rejects.toMatchObject({ kind: 'noStore' });
  });

  test('misses and repeats nothing when the writer changes', async () => {
    open().append(numbered(1, 3));
    const pages = start();
    expect(await take(pages, 3)).toEqual(['1', '2', '3']);
    journals.pop()!.close();
    open().append(numbered(4, 4));
    expect(await take(pages, 1)).toEqual(['4']);
    open().append(numbered(5, 5));
    expect(await take(pages, 1)).toEqual(['5']);
  });

  test('given a prune of all that was shown, then the tail goes on after it', async () => {
    const journal = open();
    journal.append(numbered(1, 500));
    const pages = start();
    await take(pages, 500);
    const db = openForWriting(dir, 'os');
    await trimEvents(db, idRuns(range(1, 500)), { signal: stop.signal, isShared: () => false });
    db.close();
    journal.append(numbered(501, 502));
    expect(await take(pages, 2)).toEqual(['501', '502']);
  });

  test('given that the store is replaced, then the new one is shown from its start', async () => {
    open().append(numbered(1, 3));
    const pages = start({ fromId: 3 });
    expect(await take(pages, 1)).toEqual(['3']);
    const next = take(pages, 2);
    renameSync(dir, join(root, 'old'));
    open().append(numbered(1, 2));
    expect(await next).toEqual(['1', '2']);
  });

  test('applies a filter on an unknown column once an event has it', async () => {
    const journal = open();
    journal.append(numbered(1, 3));
    const pages = start({ filter: `level = 'ERROR'`, columns: ['level', 'region'] });
    const found = take(pages, 1);
    await until(() => selections.length === 1);
    journal.append([{ level: 'INFO' }]);
    journal.append([{ level: 'ERROR' }]);
    expect(await found).toEqual(['ERROR']);
    expect(selections[0]!.missing.map(({ name }) => name)).toEqual(['level', 'region']);
    expect(selections.at(-1)!.missing.map(({ name }) => name)).toEqual(['region']);
  });

  test('continues with the bound type when an event has another type of value', async () => {
    const journal = open();
    journal.append([{ ms: 10 }, { ms: 2000 }]);
    const pages = start({ filter: 'ms > 1000' });
    expect(await take(pages, 1)).toEqual(['2']);
    journal.append([{ ms: 'slow' }]);
    journal.append([{ ms: 3000 }]);
    expect(await take(pages, 1)).toEqual(['4']);
    expect([...selections.at(-1)!.typed]).toEqual([['ms', 'BIGINT']]);
  });

  test.each([
    ['ms > 1000', { ms: '12ms' }, { ms: '2000' }],
    [`level = 'ERROR'`, { level: 3 }, { level: 'ERROR' }],
    ['ok', { ok: 'maybe' }, { ok: true }],
  ])('continues past values that the filter %j does not take', async (filter, other, match) => {
    const journal = open();
    journal.append([{ type: 'log' }]);
    const pages = start({ filter });
    const found = take(pages, 1);
    await until(() => selections.length === 1);
    journal.append([other]);
    journal.append([match]);
    expect(await found).toEqual(['3']);
  });

  test.each([
    [`level = 'ERROR'`, { level: 50 }, { level: 'ERROR' }],
    ['ms::int > 1000', { ms: 'slow' }, { ms: '2000' }],
    [`upper(level) = 'ERROR' or ms::int > 5`, { level: 50, ms: 'slow' }, { level: 'error', ms: 9 }],
  ])('goes on when the filter %j fails for %j, which is no match, and says so once', async (filter, other, match) => {
    const journal = open();
    journal.append([{ type: 'log' }]);
    const pages = start({ filter });
    const found = take(pages, 1);
    await until(() => selections.length === 1);
    for (let n = 0; n < 3; n++) {
      journal.append([other]);
      await until(() => selections.at(-1)!.attributes.length > 0);
    }
    await until(() => selections.at(-1)!.leniency !== 'never');
    journal.append([match]);
    expect(await found).toEqual(['5']);
    expect(selections.filter(({ trouble }) => trouble).length).toBeLessThanOrEqual(2);
  });

  test('names severity when a level that was no number becomes one', async () => {
    const journal = open();
    journal.append([{ type: 'log' }]);
    const pages = start({ filter: `level = 'ERROR'` });
    const found = take(pages, 1);
    await until(() => selections.length === 1);
    journal.append([{ level: 50 }]);
    await until(() => selections.at(-1)!.leniency === 'lenient');
    expect(selections.at(-1)!.trouble).toMatchObject({
      message: expect.stringMatching(/^--filter: Conversion Error: .*\n\nLINE 1: level = 'ERROR'/) as string,
      remedy: expect.stringContaining(`severity = 'ERROR'`) as string,
    });
    journal.append([{ level: 'ERROR' }]);
    expect(await found).toEqual(['3']);
  });

  test('continues without matches when a subquery fails, until columns change', async () => {
    const journal = open();
    journal.append([{ n: 1 }]);
    const pages = start({ filter: `v::int = (select 7)` });
    const found = take(pages, 1);
    await until(() => selections.length === 1);
    journal.append([{ v: 'x' }]);
    await until(() => selections.at(-1)!.leniency === 'never');
    journal.append([{ n: 2 }]);
    stop.abort();
    expect(await found).toEqual([]);
  });

  test('is an error when the filter fails for a past event', async () => {
    open().append([{ level: 50 }]);
    for (const last of [undefined, 20]) {
      await expect(start({ filter: `level = 'ERROR'`, last }).next()).rejects.toMatchObject({
        kind: 'sql',
        message: expect.stringContaining(`LINE 1: level = 'ERROR'`) as string,
        remedy: expect.stringContaining(`severity = 'ERROR'`) as string,
      });
    }
  });

  test('bounds the past events by since, and lets what comes in pass', async () => {
    const journal = open();
    journal.append(numbered(1, 3), 1000);
    journal.append(numbered(4, 5), 2000);
    const pages = start({ since: 1_500_000 });
    expect(await take(pages, 2)).toEqual(['4', '5']);
    const next = take(pages, 1);
    journal.append(numbered(6, 6), 1000);
    expect(await next).toEqual(['6']);
  });

  test('bounds the past events by until', async () => {
    const journal = open();
    journal.append(numbered(1, 3), 1000);
    journal.append(numbered(4, 5), 2000);
    expect(await history({ until: 1_500_000 })).toEqual([1, 2, 3]);
    expect(await history({ since: 500_000, until: 1_500_000, last: 2 })).toEqual([2, 3]);
  });

  test('takes several conditions, all of which an event has to meet', async () => {
    open().append(numbered(1, 20));
    const conditions = [
      { option: '--a', sql: 'n > 5' },
      { option: '--b', sql: 'n < 8 or false' },
    ];
    expect(await history({ conditions })).toEqual([6, 7]);
    expect(await history({ conditions, filter: 'n = 7 -- seven' })).toEqual([7]);
    await expect(
      history({ conditions: [{ option: '--grep', sql: `regexp_matches('x', '[')` }] }),
    ).rejects.toMatchObject({
      message: expect.stringContaining('--grep: ') as string,
    });
  });

  test('given a filter that does not bind, then it is an error at once, before any event', async () => {
    open();
    await expect(start({ filter: 'level ==== 1' }).next()).rejects.toMatchObject({ kind: 'sql' });
    await expect(start({ filter: '1=1) or (1' }).next()).rejects.toMatchObject({ kind: 'sql' });
  });

  test('given an abort while it waits, then it ends', async () => {
    open();
    const next = start().next();
    setTimeout(() => stop.abort(), 50);
    expect((await next).done).toBe(true);
  });
});
