import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { machineSampler } from '../../../src/receivers/host/machine.js';
import { gauge } from '../../../src/receivers/host/metric.js';

test('measures the other parts while one does not answer, and does not ask it again', async () => {
  const answers: (() => void)[] = [];
  const sample = machineSampler(
    {
      quick: () => [gauge('load_1m', 1, 'count')],
      stuck: () => new Promise(resolve => answers.push(() => resolve([gauge('disk_used', 2, 'bytes')]))),
    },
    10,
  );
  const first = await sample();
  const second = await sample();

  expect(first).toEqual({ metrics: [gauge('load_1m', 1, 'count')], missing: ['stuck'] });
  expect(second).toEqual(first);
  expect(answers).toHaveLength(1);
  answers[0]!();
  await setImmediate();
  const third = sample();
  answers[1]!();
  expect(await third).toMatchObject({ missing: [] });
});
