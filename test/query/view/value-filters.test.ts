import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { DEFAULT_TUNING } from '../../../src/core/limits.js';
import { compactArchive } from '../../../src/store/archive/maintain/compact-archive.js';
import { convertArchive } from '../../../src/store/archive/maintain/convert.js';
import { seal } from '../../helpers/archive.js';
import { propertyRuns } from '../../helpers/property-runs.js';
import { removeDirectory } from '../../helpers/remove-directory.js';
import { makeDirectory } from '../../helpers/store.js';
import { ask, copyFixture, createFixture, type Fixture, type Sent } from '../fixture.js';

/** Events of a segment; it takes 1000 for filters. */
const EVENTS = 1200;

/** Texts that two ways of comparing could take for one, and others that are long, odd or no text. */
const ODD = [
  'A',
  'a',
  'Ä',
  'A\u0308',
  'é',
  'é ',
  ' é',
  '0',
  '00',
  '0000000000000000',
  '1',
  '01',
  '1.0',
  '1e0',
  'true',
  'null',
  '[1]',
  '{"a":1}',
  '"x"',
  "it's",
  'x\ty\n',
  '\u0001',
  'a\ufeff',
  '\ufeffa',
  '\ufffd',
  '\ud83d\ude00',
  '%',
  'x'.repeat(13),
  'x'.repeat(500),
];

const hex = (n: number, length: number): string => (n * 2654435761).toString(16).padStart(length, 'f').slice(-length);

/** An event of some shape, whose ids are from `n` alone. @param isPlain true for one whose ids are texts, if any. */
function eventOf(n: number, isPlain = false): Sent {
  const odd = ODD[n % ODD.length]!;
  switch (n % 8) {
    case 0:
      return { type: 'trace', trace_id: hex(n, 32), span_id: hex(n + 1, 16), request: hex(n, 20) };
    case 1:
      return { type: 'trace', traceId: odd, 'trace.id': hex(n, 32), request: hex(n, 20) };
    case 2:
      return { type: 'log', trace: { trace_id: hex(n - 2, 32) }, Request: hex(n, 20) };
    case 3:
      if (isPlain) return { type: 'log', trace_id: n % 3 === 0 ? null : hex(n, 32), request: hex(n, 20) };
      return { type: 'log', trace_id: n % 3 === 0 ? n : n % 3 === 1 ? null : [n], request: hex(n, 20) };
    case 4:
      // Half of a surrogate pair is shown as U+FFFD.
      return {
        sent: `{"type":"log","trace_id":"\\ud800${n % 50}","request":"\\udc00${n}-${hex(n, 16)}"}`,
        encoding: 'surrogate',
      };
    case 5:
      return JSON.stringify(`a text ${n}`);
    case 6:
      return { type: 'log', span_id: odd, mixed: n % 3 === 0 ? n : hex(n, 24) };
    default:
      if (isPlain) return { type: 'trace', trace_id: odd, request: hex(n, 20), spanId: '0000000000000000' };
      return { type: 'trace', trace_id: odd, request: { id: hex(n, 20) }, spanId: '0000000000000000' };
  }
}

const COLUMNS = ['trace_id', 'span_id', 'traceId', 'trace.id', 'trace.trace_id', 'request', 'request.id', 'mixed'];

async function compact(dir: string): Promise<void> {
  const options = { dir, ...DEFAULT_TUNING, now: () => Date.now() * 1000 };
  await compactArchive(options, new AbortController().signal);
}

const originals = makeDirectory();
afterAll(() => removeDirectory(originals));

/** Segments that differ in what they have at a key, merged in twos; some events are in the journal. Made once, and copied. */
async function filteredFixture(kinds: readonly number[], isPlain: boolean): Promise<Fixture> {
  const original = join(originals, `${kinds.join('-')}-${isPlain}`);
  if (existsSync(original)) return copyFixture(original);
  const fixture = createFixture();
  for (const kind of kinds) {
    const all = Array.from({ length: EVENTS }, (_, i) => kind * EVENTS + i);
    // Some segments have one shape of event only, whose columns are complete.
    fixture.add(...all.map(n => eventOf(kind % 2 === 0 ? 8 * n + (kind / 2) * 7 : n, isPlain)));
    await seal(fixture.dir);
  }
  await compact(fixture.dir);
  fixture.add(...Array.from({ length: 20 }, (_, n) => eventOf(n, isPlain)));
  cpSync(fixture.dir, original, { recursive: true });
  return fixture;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function filters(fixture: Fixture): { segment: number; column_name: string; filter: Uint8Array }[] {
  return fixture.db.prepare('select * from segment_filters').all() as never;
}

describe('the filters of ids', () => {
  it.each([true, false])('hide no event, whatever the text and the column (only texts: %s)', async isPlain => {
    const fixture = await filteredFixture([0, 1, 2, 3], isPlain);
    expect(new Set(filters(fixture).map(({ column_name: name }) => name))).toContain('trace_id');
    const [session, whole] = [await fixture.open(), await fixture.open()];
    const number = fc.integer({ min: 0, max: 8 * 4 * EVENTS });
    const text = fc.oneof(
      fc.constantFrom(...ODD),
      number.map(n => hex(n, 32)),
      number.map(n => hex(n, 20)),
      number.map(n => hex(n, 16)),
      number.map(n => hex(n, 24)),
      number.map(String),
      number.map(n => `\ufffd${n % 50}`),
      number.map(n => `\ufffd${n}-${hex(n, 16)}`),
      fc.string({ unit: 'grapheme', maxLength: 20 }).filter(one => !one.includes('\0')),
    );
    const names = COLUMNS.filter(name => !isPlain || name !== 'request.id');
    const condition = fc.record({
      name: fc.constantFrom(...names),
      texts: fc.array(text, { minLength: 1, maxLength: 3 }),
      isParameter: fc.boolean(),
    });
    const table = fc.constantFrom('events', 'events', 'logs', 'spans');
    let skipped = 0;
    await fc.assert(
      fc.asyncProperty(table, fc.array(condition, { minLength: 1, maxLength: 2 }), async (from, conditions) => {
        const parameters: Record<string, string> = {};
        const where = conditions
          .map(({ name, texts, isParameter }, i) => {
            if (isParameter) parameters[`p${i}`] = texts[0]!;
            const list = isParameter ? [`$p${i}`] : texts.map(quote);
            return list.length === 1 ? `"${name}" = ${list[0]}` : `"${name}" in (${list.join(', ')})`;
          })
          .join(' and ');
        const found = await ask(session, `select id from ${from} where ${where} order by id`, parameters);
        // A subquery is read from all segments.
        const all = await ask(whole, `select id from (select * from ${from}) where ${where} order by id`, parameters);
        expect(found).toEqual(all);
        skipped += session.plan.skipped.length;
      }),
      { numRuns: propertyRuns(15) },
    );
    expect(skipped).toBeGreaterThan(0);
  });

  it('find each event by each of its ids', async () => {
    const fixture = await filteredFixture([0, 2], true);
    const [session, whole] = [await fixture.open(), await fixture.open()];
    for (const name of ['trace_id', 'request']) {
      const ids = await ask(whole, `select "${name}" from (from events) where "${name}" is not null group by all`);
      expect(ids.length).toBeGreaterThan(1000);
      for (const list of [ids.slice(0, 90), ids.slice(90, 91), ids.slice(500, 501)]) {
        const texts = list.map(([text]) => quote(String(text))).join(', ');
        const found = await ask(session, `select distinct "${name}" from events where "${name}" in (${texts})`);
        expect(found.length).toBe(list.length);
      }
    }
  });

  it('leave out the segments that lack an id, in each way to ask for it', async () => {
    const fixture = await filteredFixture([0, 2], true);
    fixture.add({ trace_id: 'other' });
    await seal(fixture.dir);
    const session = await fixture.open();
    const count = async (where: string): Promise<number> => {
      await ask(session, `select * from events where ${where}`);
      return session.plan.segments.length;
    };
    const all = await count('true');
    expect(all).toBeGreaterThan(1);
    for (const where of [`request = 'gone-for-ever'`, `'gone-for-ever' = request`, `"Request" in ('gone', 'lost')`])
      expect(await count(where)).toBeLessThan(all);
    expect(await count(`request = 'gone' or request = 'lost'`)).toBe(all);
    expect(await count(`lower(request) = 'gone'`)).toBe(all);
    expect(await count(`request collate nocase = 'gone'`)).toBe(all);
    expect(await count(`request like 'gone%'`)).toBe(all);
    expect(await count(`request is distinct from 'gone'`)).toBe(all);
    expect(await count('true')).toBe(all);
  });

  it('are as good as none when they are damaged or of another version', async () => {
    const fixture = await filteredFixture([0], true);
    const count = async (): Promise<number> => {
      const session = await fixture.open();
      await ask(session, `select * from events where request = 'gone-for-ever'`);
      return session.plan.segments.length;
    };
    expect(await count()).toBe(0);
    const kept = filters(fixture);
    fixture.db.exec(
      `update segment_filters set filter = cast(substr(filter, 1, 90) || x'5a' || substr(filter, 92) as blob)`,
    );
    expect(await count()).toBe(1);
    const restore = fixture.db.prepare('update segment_filters set filter = @filter where column_name = @column_name');
    for (const filter of kept) restore.run(filter);
    expect(await count()).toBe(0);
    fixture.db.exec(`update segments set filter_version = 'another'`);
    expect(await count()).toBe(1);
    await compact(fixture.dir);
    expect(await count()).toBe(0);
    expect(filters(fixture)).toEqual(kept);
  });

  it('go with their segments', async () => {
    const fixture = await filteredFixture([0], true);
    expect(filters(fixture).length).toBeGreaterThan(0);
    const options = { dir: fixture.dir, ...DEFAULT_TUNING, now: () => Date.now() * 1000 };
    await convertArchive(options, 'ndjson', new AbortController().signal, () => undefined);
    expect(filters(fixture)).toEqual([]);
    await convertArchive(options, 'parquet', new AbortController().signal, () => undefined);
    expect(filters(fixture)).toEqual([]);
    await compact(fixture.dir);
    expect(filters(fixture).length).toBeGreaterThan(0);
  });
});
