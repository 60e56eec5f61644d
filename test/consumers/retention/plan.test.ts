import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSession } from '../../../src/query/session.js';
import { type Planned, planPrune } from '../../../src/consumers/retention/plan.js';
import type { RetentionRule } from '../../../src/consumers/retention/rule.js';
import { reasonForNothing } from '../../../src/consumers/retention/reason.js';
import { openTestJournal, type TestJournal } from '../../helpers/journal.js';
import { removeDirectory } from '../../helpers/remove-directory.js';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 22);

describe('planPrune', () => {
  let dir: string;
  let journal: TestJournal;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'plan-'));
    journal = openTestJournal(dir);
  });
  afterEach(() => {
    journal.close();
    removeDirectory(dir);
  });

  const withPlan = async <T>(rule: Partial<RetentionRule>, use: (planned: Planned) => Promise<T>): Promise<T> => {
    const session = await openSession({ dir });
    try {
      return await use(await planPrune(session, fill(rule), NOW));
    } finally {
      session.close();
    }
  };
  const fill = (rule: Partial<RetentionRule>): RetentionRule => ({
    keep: [],
    where: undefined,
    olderThan: undefined,
    ...rule,
  });
  const idsOf = (rule: Partial<RetentionRule>): Promise<number[]> =>
    withPlan(rule, async ({ removal }) => [...(await removal()).journal.runs(1)].map(([id]) => id));

  /** ids 1-3 are 20 days old, 4-6 one day. */
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

  test.each<[Partial<RetentionRule>, number[]]>([
    [{ keep: ['metric'] }, [1, 3, 4, 6]],
    [{ keep: ['metric', 'log'] }, [3, 6]],
    [{ keep: ['metrics', 'Logs'] }, [3, 6]],
    [{ olderThan: 14 * DAY }, [1, 2, 3]],
    [{ keep: ['metric'], olderThan: 14 * DAY }, [1, 3]],
    [{ where: `level = 'DEBUG'` }, [1]],
    [{ where: `level <> 'DEBUG'` }, [4]],
    [{ where: `level is null or level = 'INFO' -- all but debug`, keep: ['event'] }, [2, 4, 5]],
    [{ where: 'true', keep: [`it's`] }, [1, 2, 3, 4, 5, 6]],
    [{ where: 'no_such_key > 3' }, []],
    [{ olderThan: 30 * DAY }, []],
  ])('given the rule %j, then the ids to remove are %j', async (rule, ids) => {
    sample();
    expect(await idsOf(rule)).toEqual(ids);
  });

  test('counts events and bytes of a rule per type, in agreement with its ids', async () => {
    sample();
    await withPlan({ keep: ['metric'], olderThan: 14 * DAY }, async ({ plan, removal }) => {
      const bytes = (payload: unknown): number => Buffer.byteLength(JSON.stringify(payload));
      expect(plan.types.find(({ type }) => type === 'log')).toEqual({
        type: 'log',
        removed: { events: 1, bytes: bytes({ type: 'log', level: 'DEBUG' }) },
        kept: { events: 1, bytes: bytes({ type: 'log', level: 'INFO' }) },
      });
      expect(plan.types.find(({ type }) => type === 'metric')).toEqual({
        type: 'metric',
        removed: { events: 0, bytes: 0 },
        kept: { events: 2, bytes: 2 * bytes({ type: 'metric', n: 1 }) },
      });
      expect(plan.removed.events).toBe((await removal()).journal.size);
      expect(plan.removed.bytes).toBe(bytes({ type: 'log', level: 'DEBUG' }) + bytes({ type: 'event', msg: 'é' }));
      expect(plan.removed.events + plan.kept.events).toBe(6);
    });
  });

  test('leaves a matching event that arrives after the plan out of the ids', async () => {
    sample();
    await withPlan({ keep: ['metric'] }, async ({ removal }) => {
      journal.append([{ type: 'log' }], NOW);
      expect([...(await removal()).journal.runs(1)].at(-1)).toEqual([6, 6]);
    });
  });

  test.each<[Partial<RetentionRule>, string]>([
    [{ keep: ['metric'], olderThan: 30 * DAY }, '4 non-metric events are younger than 30d'],
    [{ olderThan: 30 * DAY }, '6 events are younger than 30d'],
    [
      { keep: ['log', 'event'], olderThan: 1.5 * DAY, where: 'n = 2' },
      '1 event of types other than log, event for which --where is true is younger than 1d12h',
    ],
    [{ where: `level = 'FATAL'` }, '--where is true for none of the 6 events'],
    [{ keep: ['metric'], where: `level = 'FATAL'` }, '--where is true for none of the 4 non-metric events'],
  ])('given %j, which removes nothing, then the reason is "%s"', async (rule, reason) => {
    sample();
    await withPlan(rule, ({ plan }) => {
      expect(plan.removed.events).toBe(0);
      expect(reasonForNothing(fill(rule), plan.survivors)).toBe(reason);
      return Promise.resolve();
    });
  });

  test('given no events, or only kept ones, then the reason says so', async () => {
    journal.append([], NOW);
    await withPlan({ keep: ['metric'] }, ({ plan }) => {
      expect(reasonForNothing(fill({ keep: ['metric'] }), plan.survivors)).toBe('the store has no events');
      return Promise.resolve();
    });
    journal.append([{ type: 'metric' }, { type: 'metric' }], NOW);
    await withPlan({ keep: ['metric'] }, ({ plan }) => {
      const reason = reasonForNothing(fill({ keep: ['metric'] }), plan.survivors);
      expect(reason).toBe('all 2 events are of type metric');
      return Promise.resolve();
    });
  });

  test('fails with an SQL error before counting when a condition does not bind', async () => {
    sample();
    await expect(withPlan({ where: 'level >' }, () => Promise.resolve())).rejects.toMatchObject({ kind: 'sql' });
  });
});
