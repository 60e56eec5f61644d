import { describe, expect, test } from 'vitest';
import { explain } from '../../src/query/explain.js';
import { seal } from '../helpers/archive.js';
import { createFixture, FIRST_RECEIVED } from './fixture.js';

describe('what a query read', () => {
  test('given segments and journal rows, then both are counted, and what the bounds leave out is skipped', async () => {
    const fixture = createFixture({ n: 1 }, { n: 2 });
    await seal(fixture.dir);
    fixture.add({ n: 3 }, { n: 4 });
    await seal(fixture.dir);
    fixture.add({ n: 5 }, { n: 6 }, { n: 7 });

    const whole = await explain(await fixture.open(), 'select n from events', {});
    const late = await explain(await fixture.open({ since: FIRST_RECEIVED + 5_000_000 }), 'select n from events', {});

    expect(whole).toMatchObject({
      segments: { read: 2, skipped: 0, events: 4 },
      journal: { rowsRead: 3, rowsSkipped: 0 },
      rows: 7,
    });
    expect(late).toMatchObject({
      segments: { read: 0, skipped: 2, events: 0 },
      journal: { rowsRead: 2, rowsSkipped: 1 },
      rows: 2,
    });
  });

  test('given a query that needs no events, then nothing is read', async () => {
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
