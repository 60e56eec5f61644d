import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { planPrune } from '../../../src/consumers/retention/plan.js';
import type { RetentionRule } from '../../../src/consumers/retention/rule.js';
import { prune, type Pruned } from '../../../src/consumers/retention/prune.js';
import { openSession } from '../../../src/query/session.js';
import { rowsOf } from '../../../src/query/result/rows.js';
import { openSealedRows } from '../../../src/store/journal/trim.js';
import { seal as sealOnly } from '../../helpers/archive.js';
import { openTestJournal, type TestJournal } from '../../helpers/journal.js';
import { propertyRuns } from '../../helpers/property-runs.js';
import { removeDirectory } from '../../helpers/remove-directory.js';

const DAY = 86_400_000;
const NOW = Date.now();

describe('prune', () => {
  let dir: string;
  let journal: TestJournal;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'prune-'));
    journal = openTestJournal(dir);
  });
  afterEach(() => {
    journal.close();
    removeDirectory(dir);
  });

  const seal = async (upToId?: number): Promise<void> => {
    await sealOnly(dir, upToId);
    const rows = openSealedRows(dir);
    await rows.trim({ signal: new AbortController().signal, isShared: () => false, shrinks: true });
    rows.close();
  };
  const plan = async (rule: Partial<RetentionRule>) => {
    const session = await openSession({ dir });
    try {
      const full = { keep: [], where: undefined, olderThan: undefined, ...rule };
      const planned = await planPrune(session, full, NOW);
      return { plan: planned.plan, removal: await planned.removal() };
    } finally {
      session.close();
    }
  };
  const pruneBy = async (rule: Partial<RetentionRule>): Promise<Pruned> => {
    const { plan: planned, removal } = await plan(rule);
    const pruned = await doPrune(removal);
    expect(pruned.events).toBe(planned.removed.events);
    return pruned;
  };
  const doPrune = (removal: Awaited<ReturnType<typeof plan>>['removal']): Promise<Pruned> =>
    prune(dir, removal, { signal: new AbortController().signal, now: () => Date.now() * 1000, isShared: () => false });
  const held = async (): Promise<string[]> => {
    const session = await openSession({ dir });
    try {
      const rows = await rowsOf(await session.query('select id, payload from events order by id'));
      return rows.map(([id, payload]) => `${id} ${payload}`);
    } finally {
      session.close();
    }
  };
  const segmentFiles = (): string[] =>
    existsSync(join(dir, 'archive'))
      ? readdirSync(join(dir, 'archive'), { recursive: true, encoding: 'utf8' }).filter(name =>
          name.endsWith('.parquet'),
        )
      : [];

  /** Ids 1 to 6: three of 20 days ago, three of yesterday. */
  const sample = (): void => {
    journal.append(
      [
        { type: 'log', level: 'DEBUG' },
        { type: 'metric', n: 1 },
        { type: 'event', msg: 'é' },
      ],
      NOW - 20 * DAY,
    );
    journal.append([{ type: 'log', level: 'INFO' }, { type: 'metric', n: 2 }, { type: 'event' }], NOW - DAY);
  };
  const texts = [
    '1 {"type":"log","level":"DEBUG"}',
    '2 {"type":"metric","n":1}',
    '3 {"type":"event","msg":"é"}',
    '4 {"type":"log","level":"INFO"}',
    '5 {"type":"metric","n":2}',
    '6 {"type":"event"}',
  ];

  const rules: [Partial<RetentionRule>, number[]][] = [
    [{ keep: ['metric'] }, [1, 3, 4, 6]],
    [{ olderThan: 14 * DAY }, [1, 2, 3]],
    [{ keep: ['metric'], olderThan: 14 * DAY }, [1, 3]],
    [{ where: `level = 'DEBUG' or n = 2` }, [1, 5]],
    [{ where: 'true' }, [1, 2, 3, 4, 5, 6]],
  ];

  test.each(rules.flatMap(([rule, ids]) => [0, 2, 4, 6].map(sealed => [rule, ids, sealed] as const)))(
    'removes by rule %j exactly %j with events sealed up to %i',
    async (rule, ids, sealed) => {
      sample();
      if (sealed > 0) await seal(sealed);
      await pruneBy(rule);
      expect(await held()).toEqual(texts.filter((_, i) => !ids.includes(i + 1)));
    },
  );

  test('given segments whose every event goes, then their files are gone at once', async () => {
    sample();
    await seal();
    expect(segmentFiles()).toHaveLength(2);
    const pruned = await pruneBy({ olderThan: 14 * DAY });
    expect(segmentFiles()).toHaveLength(1);
    expect(pruned).toMatchObject({ isComplete: true, isHeld: false });
    expect(pruned.diskAfter).toBeLessThan(pruned.diskBefore);
  });

  test.each<Partial<RetentionRule>>([{ keep: ['metric'] }, { where: `type <> 'metric'` }])(
    'removes only the events of the plan %j when others are sealed or arrive',
    async rule => {
      sample();
      await seal(3);
      const { removal } = await plan(rule);
      journal.append([{ type: 'log', n: 7 }], NOW);
      await seal();
      journal.append([{ type: 'log', n: 8 }], NOW);
      expect((await doPrune(removal)).events).toBe(4);
      expect(await held()).toEqual([texts[1], texts[4], '7 {"type":"log","n":7}', '8 {"type":"log","n":8}']);
    },
  );

  test('does not count rows of sealed events twice while they are in the journal', async () => {
    sample();
    await sealOnly(dir, 4);
    expect((await pruneBy({ keep: ['metric'] })).events).toBe(4);
    expect(await held()).toEqual([texts[1], texts[4]]);
  });

  test('lets a running query see all its events, and deletes the files after it', async () => {
    journal.append(
      Array.from({ length: 5000 }, (_, n) => ({ type: 'log', n })),
      NOW,
    );
    await seal();
    const session = await openSession({ dir });
    try {
      const { batches } = await session.query('select n from events');
      const pruned = await pruneBy({ keep: ['metric'] });
      expect(pruned.isHeld).toBe(true);
      let count = 0;
      for await (const rows of batches) count += rows.length;
      expect(count).toBe(5000);
    } finally {
      session.close();
    }
    expect(segmentFiles()).toHaveLength(1);
    await seal();
    expect(segmentFiles()).toEqual([]);
  });

  test('removes any ids from any split of sealed events, and keeps the rest as sent', async () => {
    const event = fc.record({
      type: fc.constantFrom('log', 'metric', 'trace'),
      v: fc.oneof(fc.integer(), fc.double({ noNaN: true }), fc.string(), fc.constant(null)),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { minLength: 1, maxLength: 30 }),
        fc.nat(30),
        fc.nat(5),
        async (events, cut, k) => {
          const before = await held();
          const last = Number(before.at(-1)?.split(' ')[0] ?? 0);
          journal.append(events, NOW);
          await seal(last + cut);
          const all = await held();
          await pruneBy({ where: `(id + ${k}) % 3 = 0` });
          expect(await held()).toEqual(all.filter(text => (Number(text.split(' ')[0]) + k) % 3 !== 0));
        },
      ),
      { numRuns: propertyRuns(3) },
    );
  });
});
