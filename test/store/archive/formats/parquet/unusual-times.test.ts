import { describe, expect, test } from 'vitest';
import { seal } from '../../../../helpers/archive.js';
import { ask, createFixture } from '../../../../query/fixture.js';

/** More events than are looked at before the statement is written. */
const EVENTS = 60;
const ODD_AT = 30;

describe('sealed times', () => {
  test.each([
    ['none but usual ones', '2026-11-29T08:00:00.123Z'],
    ['an offset', '2026-11-29T08:00:00+02:00'],
    ['no offset', '2026-11-29 08:00:00'],
    ['a month by name', 'Sun, 29 Nov 2026 08:00:00 GMT'],
    ['a date alone', '20261129'],
    ['a fraction of a second since 1970', 1795939200.25],
    ['a number that is no time', 5],
    ['text that is no time', 'soon'],
    ['the text of an infinite time', 'infinity'],
    ['an empty text', ''],
    ['null', null],
  ])('are those of the journal, with %s among usual ones', async (_, odd) => {
    const events = Array.from({ length: EVENTS }, (__, i) => ({
      type: 'log',
      time: i === ODD_AT ? odd : `2026-11-29T08:00:${String(i).padStart(2, '0')}.000Z`,
      text: `event ${i}`,
    }));
    const fixture = createFixture(...events);
    const answers = async (): Promise<unknown> =>
      ask(
        await fixture.open(),
        'select id, epoch_us("time") as "time", payload::varchar as payload from events order by id',
      );
    const expected = await answers();

    await seal(fixture.dir, EVENTS, 'parquet');

    expect(await answers()).toEqual(expected);
  });
});
