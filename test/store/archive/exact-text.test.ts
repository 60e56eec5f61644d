import { expect, test } from 'vitest';
import { compact, planCompactions } from '../../../src/store/archive/maintain/compact.js';
import { convertArchive } from '../../../src/store/archive/maintain/convert.js';
import { DEFAULT_TUNING } from '../../../src/core/limits.js';
import { onArchive, seal } from '../../helpers/archive.js';
import { ask, createFixture } from '../../query/fixture.js';

const MARK = '\ufeff';

/** Types, names, keys and values of which two differ by a leading U+FEFF only. */
const EVENTS = ['a', `${MARK}a`, MARK, `${MARK}${MARK}a`].flatMap((text, i) =>
  Array.from({ length: i + 1 }, () => ({ type: text, name: text, value: text, [`${text}key`]: text, list: [text] })),
);

const DIGESTS = `select id, hex("type"), hex("name"), hex("value"), hex(list::varchar), hex(payload::varchar)
  from events order by id`;

test.each(['parquet', 'ndjson', 'csv', 'duckdb'] as const)('keeps texts apart by a leading mark in %s', async kind => {
  const fixture = createFixture(...EVENTS);
  const { dir } = fixture;
  const answers = async (): Promise<unknown> => ask(await fixture.open(), DIGESTS);
  const counts = async (): Promise<Record<string, number>> => {
    const segments = await onArchive(dir, ({ catalog }) => Promise.resolve(catalog.segments()));
    const all = segments.flatMap(({ types }) => Object.entries(types));
    const found: Record<string, number> = {};
    for (const [type, { events }] of all) found[type] = (found[type] ?? 0) + events;
    return found;
  };
  const expected = await answers();

  for (const upToId of [4, EVENTS.length]) await seal(dir, upToId, kind);
  expect(await answers()).toEqual(expected);
  await onArchive(dir, async context => {
    for (let next; (next = planCompactions(context.catalog.segments(), () => true)[0]);) await compact(next, context);
  });
  expect(await answers()).toEqual(expected);
  expect(await counts()).toEqual({ a: 1, [`${MARK}a`]: 2, [MARK]: 3, [`${MARK}${MARK}a`]: 4 });
  const options = { dir, ...DEFAULT_TUNING, now: () => Date.now() * 1000 };
  for (const to of ['none', kind] as const) {
    await convertArchive(options, to, new AbortController().signal, () => undefined);
    expect(await answers()).toEqual(expected);
  }
});
