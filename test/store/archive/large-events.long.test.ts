import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { compactArchive } from '../../../src/store/archive/maintain/compact-archive.js';
import { convertArchive } from '../../../src/store/archive/maintain/convert.js';
import { inParts, isOutOfMemory, withRoom } from '../../../src/store/archive/memory.js';
import { verifyStore } from '../../../src/store/archive/maintain/verify.js';
import { DEFAULT_TUNING } from '../../../src/core/limits.js';
import { onArchive, seal } from '../../helpers/archive.js';
import { column, createFixture } from '../../query/fixture.js';

const { signal } = new AbortController();

/** Traces with prompts of some 40 kB, small ones among them, which hide the others' size from an average. */
const EVENTS = Array.from({ length: 300 }, (_, n) => ({
  type: 'trace',
  name: 'chat',
  n,
  prompt: n % 3 === 0 ? 'short' : randomBytes(44_000).toString('base64'),
  lines: 'a\nb"'.repeat(n % 5 === 0 ? 2000 : 0),
}));

const SUMS = EVENTS.map(event => createHash('md5').update(JSON.stringify(event)).digest('hex'));

test.each(['parquet', 'ndjson', 'csv', 'duckdb'] as const)(
  'verifies, compacts and converts large events in %s within the sealing memory',
  async kind => {
    const fixture = createFixture(...EVENTS);
    const options = { dir: fixture.dir, ...DEFAULT_TUNING, now: () => Date.now() * 1000 };
    const findings = async (): Promise<unknown> =>
      (await verifyStore({ ...options, isDeep: true, repairs: false }, signal)).findings;

    await seal(fixture.dir, undefined, kind);
    expect(await findings()).toEqual([]);
    await compactArchive(options, signal);
    expect(await findings()).toEqual([]);
    const other = kind === 'parquet' ? 'ndjson' : 'parquet';
    expect(await convertArchive(options, other, signal, () => undefined)).toBe(EVENTS.length);
    const sums = await column(await fixture.open(), 'select md5(payload::varchar) from events order by id');
    expect(sums).toEqual(SUMS);
  },
);

describe('too little memory', () => {
  const tooLittle = new Error('Out of Memory Error: failed to allocate data of size 1 MiB (1 MiB/1 MiB used)');

  test('is told from damage by its error, and never reported as a damaged file', async () => {
    const fixture = createFixture({ type: 'trace', prompt: randomBytes(9_000_000).toString('base64') });
    await seal(fixture.dir);
    const options = { dir: fixture.dir, ...DEFAULT_TUNING, memory: 2 * 1024 * 1024, now: () => Date.now() * 1000 };
    const verifying = verifyStore({ ...options, isDeep: true, repairs: false }, signal);

    await expect(verifying).rejects.toMatchObject({ kind: 'failure' });
    await expect(verifying).rejects.toThrow(/too little memory/);
  });

  test('makes the parts of a segment smaller until each event is in one that succeeds', async () => {
    const fixture = createFixture(...Array.from({ length: 100 }, (_, n) => ({ n })));
    await seal(fixture.dir);
    await onArchive(fixture.dir, async ({ engine, catalog }) => {
      const [segment] = catalog.segments();
      const done: [number, number][] = [];
      const ids = 'select range + 1 as id from range(100)';
      await inParts({ segment: segment!, engine, ids, most: Infinity }, part => {
        if (part.lastId - part.afterId > 10) return Promise.reject(tooLittle);
        done.push([part.afterId, part.lastId]);
        return Promise.resolve();
      });
      expect(done[0]).toEqual([0, 6]);
      expect(done.at(-1)![1]).toBe(100);
      done.slice(1).forEach(([afterId], i) => expect(afterId).toBe(done[i]![1]));
    });
  });

  test('is given in, up to four times, and then is an error with a remedy', async () => {
    await onArchive(createFixture({ n: 1 }).dir, async ({ engine }) => {
      await engine.connection();
      let tries = 0;
      const work = withRoom(engine, 'the test', () => {
        tries++;
        return Promise.reject(tooLittle);
      });
      await expect(work).rejects.toMatchObject({ remedy: expect.stringContaining('--archive-memory') as string });
      expect(tries).toBe(3);
      expect(isOutOfMemory(new Error('Invalid Input Error: No magic bytes'))).toBe(false);
    });
  });
});
