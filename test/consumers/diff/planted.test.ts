import { describe, expect, test } from 'vitest';
import { CASES, CAUSE_NAMES, plantedEvents } from '../../../bench/lib/planted-events.mjs';
import { sampledScore } from '../../../bench/lib/sampled-score.mjs';
import { findDifference } from '../../../src/consumers/diff/diff.js';
import { seal } from '../../helpers/archive.js';
import { createFixture } from '../../query/fixture.js';

/** Few events make up for a strong cause: the bench has the weak ones, among a million events. */
const EVENTS = 3000;
const STRENGTH = 25;

/** A text, a nested one, a rare one that may be missing, a number of few values, an amount, a truth value. */
const CAUSES = ['text3', 'labels.l1', 'sparse0', 'code0', 'amount1', 'flag0'];
const NULL_CASES = [CASES, CASES + 7, CASES + 13];

describe('findDifference among events of 40 attributes', () => {
  const events = [...plantedEvents(EVENTS, 7, STRENGTH)];
  const condition = (index: number): string => `cases[${index + 1}] = '1'`;

  test('finds a planted cause first, and nothing without a cause', async () => {
    const fixture = createFixture(...events);
    await seal(fixture.dir);
    const session = await fixture.open();
    const first = async (index: number): Promise<string | undefined> => {
      const versus = { where: condition(index), versus: undefined, times: undefined };
      return (await findDifference(session, versus)).findings[0]?.attribute;
    };

    for (const name of CAUSES) expect([name, await first(CAUSE_NAMES.indexOf(name))]).toEqual([name, name]);
    for (const index of NULL_CASES) expect(await first(index)).toBeUndefined();
  });

  test('where a score that samples always names an attribute', () => {
    const flat = events.map(text => {
      const { labels, cases, ...event } = JSON.parse(text) as { labels: object; cases: string };
      return { cases, event: { ...event, ...labels } };
    });
    for (const index of NULL_CASES) {
      const [matching, others] = ['1', '0'].map(digit => flat.filter(({ cases }) => cases[index] === digit));
      const events = [matching!, others!].map(side => side.map(({ event }) => event));
      expect(sampledScore(events[0]!, events[1]!, 500, index)).not.toBe('');
    }
  });
});
