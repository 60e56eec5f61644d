import { describe, expect, test } from 'vitest';
import { explain } from '../../../src/query/report/explain.js';
import { measureRanges } from '../../../src/store/archive/seal/measure-ranges.js';
import { RANGE_IDS } from '../../../src/store/catalog/event-ranges.js';
import { onArchive, seal } from '../../helpers/archive.js';
import { createFixture, FIRST_RECEIVED } from '../fixture.js';

const COUNT = 'select count(*), min(time) from events';

describe('what a query read', () => {
  test('counts segments and journal rows, and skips those outside of the bounds', async () => {
    const fixture = createFixture({ n: 1 }, { n: 2 });
    await seal(fixture.dir);
    fixture.add({ n: 3 }, { n: 4 });
    await seal(fixture.dir);
    fixture.add({ n: 5 }, { n: 6 }, { n: 7 });

    const whole = await explain(await fixture.open(), 'select n from events', {});
    const late = await explain(await fixture.open({ since: FIRST_RECEIVED + 5_000_000 }), 'select n from events', {});

    expect(String(whole.ms)).toMatch(/^\d+(?:\.\d{1,3})?$/);
    expect(whole).toMatchObject({
      segments: { read: 2, skipped: 0, events: 4 },
      journal: { rowsRead: 3, rowsSkipped: 0 },
      rows: 7,
    });
    expect(late).toMatchObject({
      segments: { read: 0, skipped: 2, events: 0 },
      journal: { rowsRead: 3, rowsSkipped: 0 },
      rows: 2,
    });
  });

  test('reads nothing for a query that needs no events', async () => {
    const fixture = createFixture({ n: 1 });
    await seal(fixture.dir);
    fixture.add({ n: 2 });

    expect(await explain(await fixture.open(), 'select 1', {})).toMatchObject({
      segments: { read: 0, skipped: 1 },
      journal: { rowsRead: 0, rowsSkipped: 1 },
      rows: 1,
    });
  });
});

describe('bounds in time over a journal whose ranges are measured', () => {
  test('leave out ranges on either side, by time and by receipt', async () => {
    const fixture = createFixture({ n: 0, time: 1_700_000_000 });
    fixture.db
      .prepare(
        `with recursive number(n) as (select 1 union all select n + 1 from number where n < $count)
          insert into events(stream_id, received_at, payload)
          select 1, $first + n * 1000000, json_object('n', n, 'time', 1700000000 + n) from number`,
      )
      .run({ first: FIRST_RECEIVED, count: 3 * RANGE_IDS + 9 });
    expect(await onArchive(fixture.dir, measureRanges)).toBe(3);

    const late = await explain(await fixture.open({ since: (1_700_000_000 + 2 * RANGE_IDS + 5) * 1e6 }), COUNT, {});
    const middle = await explain(
      await fixture.open({ since: (1_700_000_000 + RANGE_IDS) * 1e6, until: (1_700_000_000 + RANGE_IDS + 1) * 1e6 }),
      COUNT,
      {},
    );
    const received = await explain(await fixture.open({ since: FIRST_RECEIVED + 9e12, by: 'received' }), COUNT, {});

    expect(late.journal).toMatchObject({ rowsRead: RANGE_IDS + 10, rowsSkipped: 2 * RANGE_IDS });
    expect(middle.journal).toMatchObject({ rowsRead: RANGE_IDS + 10, rowsSkipped: 2 * RANGE_IDS });
    expect(received.journal.rowsRead).toBe(10);
  });
});
