import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { compact, planCompactions } from '../../../src/store/archive/maintain/compact.js';
import { sweepDropped } from '../../../src/store/archive/seal/sweep.js';
import { openForWriting } from '../../../src/store/database/store.js';
import type { Session } from '../../../src/query/session.js';
import { tail } from '../../../src/consumers/tail/tail.js';
import { onArchive, seal } from '../../helpers/archive.js';
import { makeDirectory } from '../../helpers/store.js';
import { copyFixture, createFixture, rowsOf, type Fixture } from '../fixture.js';
import { removeDirectory } from '../../helpers/remove-directory.js';

const EVENTS = 24_000;
const ALL = Array.from({ length: EVENTS }, (_, i) => i + 1);

const original = makeDirectory();
afterAll(() => removeDirectory(original));

/** Six segments and a third of the events in the journal: made once, and copied. */
async function mixedStore(): Promise<Fixture> {
  if (readdirSync(original).length > 0) return copyFixture(original);
  const fixture = createFixture();
  for (let from = 1; from <= EVENTS; from += 4000) {
    fixture.add(
      ...ALL.slice(from - 1, from + 3999).map(n => ({ type: n % 2 ? 'odd' : 'even', n, text: `event ${n}` })),
    );
    if (from <= 12_001) await seal(fixture.dir);
  }
  cpSync(fixture.dir, original, { recursive: true });
  return fixture;
}

/** All that can happen to files while a query runs: the rest is sealed, all is merged, and half of it is dropped. */
async function turnOver({ dir }: Fixture): Promise<void> {
  await seal(dir);
  await onArchive(dir, async context => {
    for (const plan of planCompactions(context.catalog.segments(), () => true)) await compact(plan, context);
    const [first] = context.catalog.segments();
    context.catalog.change({ add: [], drop: [first!.id] });
    sweepDropped(dir, context.catalog);
  });
}

const byNumber = (a: number, b: number): number => a - b;

const files = (dir: string): string[] =>
  readdirSync(join(dir, 'archive'), { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.parquet'));

describe('a query while the archive is turned over', () => {
  test('reads each event that existed at its start once', async () => {
    const fixture = await mixedStore();
    const session = await fixture.open();
    const result = await session.query('select n, payload from events');
    const batches = result.batches[Symbol.asyncIterator]();
    const first = await batches.next();

    await turnOver(fixture);

    const rows = [...(first.value as string[][])];
    for (let next = await batches.next(); !next.done; next = await batches.next())
      rows.push(...(next.value as string[][]));
    expect(rows.map(([n]) => Number(n)).sort((a, b) => a - b)).toEqual(ALL);
    expect(new Set(rows.map(([, payload]) => payload)).size).toBe(EVENTS);
  });

  test.each(['before', 'after', 'before and after'])(
    'reads what was there when its SQLite snapshot moves on %s the turnover',
    async moves => {
      const fixture = await mixedStore();
      const session = await fixture.open();
      const sql = 'select n, events.payload, streams.transport from events join streams on stream_id = streams.id';
      for (const text of ['select n, payload from events', sql]) {
        const ids = (await rowsOf(await session.query('select n from events'))).map(([n]) => Number(n)).sort(byNumber);
        fixture.db.exec(`update streams set transport = ${ids.length}`);
        const result = await session.query(text);
        const batches = result.batches[Symbol.asyncIterator]();
        const rows = [...((await batches.next()).value as string[][])];

        if (moves.includes('before')) await sleep(300);
        await turnOver(fixture);
        fixture.db.exec(`update streams set transport = 'changed'`);
        if (moves.includes('after')) await sleep(300);

        for (let next = await batches.next(); !next.done; next = await batches.next())
          rows.push(...(next.value as string[][]));
        expect(rows.map(([n]) => Number(n)).sort(byNumber)).toEqual(ids);
        const transports = new Set(rows.map(([, , transport]) => transport));
        expect(transports).toEqual(new Set(text === sql ? [String(ids.length)] : [undefined]));
        fixture.add(...ALL.slice(0, 9000).map(n => ({ type: 'more', n: EVENTS + n })));
      }
    },
  );

  test('keeps the files that it needs until it has ended', async () => {
    const fixture = await mixedStore();
    const session = await fixture.open();
    const result = await session.query('select n from events');
    const batches = result.batches[Symbol.asyncIterator]();
    await batches.next();
    await turnOver(fixture);
    const held = files(fixture.dir).length;

    await batches.return?.();
    await new Promise(resolve => setTimeout(resolve, 1100));
    await onArchive(fixture.dir, () => Promise.resolve());

    const kept = await onArchive(fixture.dir, ({ catalog }) => Promise.resolve(catalog.segments()));
    expect(held).toBeGreaterThan(kept.length);
    expect(files(fixture.dir).length).toBe(kept.length);
    const left = await rowsOf(await session.query('select count(*) from events'));
    expect(left).toEqual([[String(kept.reduce((sum, { events }) => sum + events, 0))]]);
    expect(Number(left[0]![0])).toBeLessThan(EVENTS);
  });

  test('exports each event to Parquet once', async () => {
    const fixture = await mixedStore();
    const out = join(fixture.dir, 'out.parquet');
    const session = await fixture.open({ writable: out });

    const [rows] = await Promise.all([session.copyTo(out, 'select * from events'), turnOver(fixture)]);

    expect(rows).toBe(EVENTS);
    expect(existsSync(out)).toBe(true);
  });

  test('continues a tail that lags behind in the segments of its events', async () => {
    const fixture = await mixedStore();
    const seen: number[] = [];
    const request = {
      dir: fixture.dir,
      timezone: 'UTC',
      timeStyle: 'iso',
      columns: ['n'],
      filter: undefined,
      since: undefined,
      fromId: 1,
      last: undefined,
      follow: false,
    } as const;
    let isTurned = false;
    for await (const { rows } of tail(request, () => Promise.resolve(), new AbortController().signal)) {
      seen.push(...rows.map(([n]) => Number(n)));
      if (isTurned) continue;
      isTurned = true;
      await seal(fixture.dir);
      await onArchive(fixture.dir, async context => {
        for (const plan of planCompactions(context.catalog.segments(), () => true)) await compact(plan, context);
      });
    }

    expect(seen).toEqual(ALL);
  });
});

test('serves readers without errors or wrong counts during sealing and merging', async () => {
  const fixture = await mixedStore();
  const db = openForWriting(fixture.dir, 'none');
  let isDone = false;
  const read = async (): Promise<void> => {
    while (!isDone) {
      const session: Session = await fixture.open();
      const [[count, different]] = (await rowsOf(
        await session.query('select count(*), count(distinct n) from events'),
      )) as [[string, string]];
      expect(count).toBe(different);
      session.close();
    }
  };
  const work = async (): Promise<void> => {
    for (let round = 0; round < 8; round++) {
      fixture.add(...Array.from({ length: 50 }, (_, i) => ({ type: 'late', n: EVENTS + 1 + round * 50 + i })));
      await seal(fixture.dir);
      await onArchive(fixture.dir, async context => {
        for (const plan of planCompactions(context.catalog.segments(), () => true)) await compact(plan, context);
      });
    }
    isDone = true;
  };

  await Promise.all([work(), read(), read()]);
  db.close();
});
