import { expect, test } from 'vitest';
import { statsdAggregate, timedEvent } from '../../../src/formats/statsd/aggregate.js';
import { statsdLine } from '../../../src/formats/statsd/line.js';

const TIME = '2026-11-24T10:00:00.000Z';

function gathering() {
  const aggregate = statsdAggregate();
  return {
    send: (...lines: string[]) =>
      lines.forEach(line => statsdLine(line, 'auto').samples.forEach(sample => aggregate.add(sample))),
    flush: () => aggregate.flush(TIME, 10).map(json => JSON.parse(json) as Record<string, unknown>),
  };
}

test('given counters, then they are summed by series, a sampled one scaled', () => {
  const { send, flush } = gathering();
  send('hits:1|c', 'hits:2|c|@0.1', 'hits:5|c|#env:dev,new', 'hits:1|c|#new,env:dev', 'hits,env=dev,new:1|c');

  expect(flush()).toEqual([
    { time: TIME, type: 'metric', metric_name: 'hits', metric_type: 'counter', metric_value: 21, rate: 2.1 },
    expect.objectContaining({ metric_value: 7, env: 'dev', new: 'true' }),
  ]);
  expect(flush()).toEqual([]);
});

test('keeps the last value of a gauge, also for changes in later intervals', () => {
  const { send, flush } = gathering();
  send('g:10|g', 'g:+5|g', 'g:-1|g');
  expect(flush()).toMatchObject([{ metric_type: 'gauge', metric_value: 14 }]);
  send('g:-4|g');
  expect(flush()).toMatchObject([{ metric_value: 10 }]);
});

test('given timers, then they are one event with count, sum, extremes and percentiles', () => {
  const { send, flush } = gathering();
  for (let value = 1; value <= 100; value++) send(`t:${value}|ms`);
  send('h:1:2:9|h|@0.5');

  expect(flush()).toMatchObject([
    {
      metric_type: 'timer',
      unit: 'ms',
      metric_value: 50.5,
      count: 100,
      sum: 5050,
      min: 1,
      max: 100,
      percentile_50: 50,
      percentile_99: 99,
    },
    { metric_type: 'histogram', count: 6, sum: 24, percentile_50: 2 },
  ]);
});

test('reports null where a sum is more than a double holds', () => {
  const { send, flush } = gathering();
  send('c:1e308|c', 'c:1e308|c', 't:1e308:1e308|ms', 'g:1e308|g', 'g:+1e308|g');

  expect(flush()).toMatchObject([
    { metric_value: null, rate: null },
    { sum: null, max: 1e308 },
    { metric_value: null },
  ]);
});

test('given sets, then each member counts once', () => {
  const { send, flush } = gathering();
  send('u:a|s', 'u:b:c|s', 'u:a|s');

  expect(flush()).toMatchObject([{ metric_type: 'set', metric_value: 2 }]);
});

test('reports a negative gauge of DogStatsD as it is, however often it is reported', () => {
  const { send, flush } = gathering();
  send('g:-5|g|#env:test', 'g:-5|g|#env:test', 'g:-5|g|#env:test');
  expect(flush()).toMatchObject([{ metric_value: -5, env: 'test' }]);
  send('plain:-5|g', 'plain:-5|g', 'plain:-5|g');
  expect(flush()).toMatchObject([{ metric_value: -15 }]);
});

test.each([
  ['c:15|c|@0.5|T1656581400|#a:b', { metric_type: 'counter', metric_value: 30, a: 'b' }],
  ['g:-7|g|T1656581400', { metric_type: 'gauge', metric_value: -7 }],
  ['t:20|ms|T1656581400', { metric_type: 'timer', metric_value: 20, count: 1, sum: 20, unit: 'ms' }],
  ['u:ada|s|T1656581400', { metric_type: 'set', metric_value: 1 }],
])('makes an event of a sample with a timestamp: %s', (line, expected) => {
  const [sample] = statsdLine(line, 'auto').samples;
  const event = JSON.parse(timedEvent(sample!, sample!.time!)) as Record<string, unknown>;
  expect(event).toMatchObject({ time: '2022-06-30T09:30:00.000Z', type: 'metric', ...expected });
  expect(event).not.toHaveProperty('rate');
});

test('ends the interval early for long names, and evicts the oldest gauges', () => {
  const aggregate = statsdAggregate();
  const add = (line: string): void => statsdLine(line, 'auto').samples.forEach(sample => aggregate.add(sample));
  const long = 'x'.repeat(60_000);
  add('first:10|g');
  let series = 0;
  while (!aggregate.isFull && series < 1000) add(`${long}${series++}:1|g`);
  expect(series).toBeLessThan(1000);
  aggregate.flush(TIME, 10);
  for (let i = 0; i < series; i++) add(`${long}more${i}:1|g`);
  aggregate.flush(TIME, 10);

  add('first:+1|g');
  expect(JSON.parse(aggregate.flush(TIME, 10)[0]!)).toMatchObject({ metric_value: 1 });
});
