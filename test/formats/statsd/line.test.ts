import { describe, expect, test } from 'vitest';
import { statsdLine, type GaugeSigns } from '../../../src/formats/statsd/line.js';

/** The samples of a line, short: `type value`, with a rate and `change` where there is one. */
const samples = (line: string, signs: GaugeSigns = 'auto') =>
  statsdLine(line, signs).samples.map(
    ({ type, value, rate, isChange }) => `${type} ${value}${rate === 1 ? '' : ` @${rate}`}${isChange ? ' change' : ''}`,
  );
const named = (line: string) => {
  const [sample] = statsdLine(line, 'auto').samples;
  return [sample?.name, sample && Object.fromEntries(sample.tags)];
};

describe('several samples in a line', () => {
  test.each([
    ['a:1|c:2|c:3|c', ['counter 1', 'counter 2', 'counter 3']],
    ['a:320|ms|@0.1:321|ms', ['timer 320 @0.1', 'timer 321']],
    ['a:1|c|@0.5:2|c|@0.25', ['counter 1 @0.5', 'counter 2 @0.25']],
    ['a:32|g:+10|g:-10|g', ['gauge 32', 'gauge +10 change', 'gauge -10 change']],
    ['a:1|c:5|ms:b|s', ['counter 1', 'timer 5', 'set b']],
    ['a:1:2:32|d', ['distribution 1', 'distribution 2', 'distribution 32']],
    ['a:1:2|ms|@0.5|#x:y', ['timer 1 @0.5', 'timer 2 @0.5']],
    ['a:b:c|s', ['set b:c']],
    ['a:1|c|c:ci-0123abc', ['counter 1']],
    ['a:1|c|@0.5|c:ci-0123abc|#x:1|e:it-false,cn-a,pu-b|card:low', ['counter 1 @0.5']],
    ['a:1|c:2|c|#x:y', ['counter 1', 'counter 2']],
  ])('%s', (line, expected) => {
    expect(samples(line)).toEqual(expected);
    expect(statsdLine(line, 'auto').invalid).toBe(0);
  });

  test('gives the tags of a line to all of them', () => {
    const all = statsdLine('a:1|c:2|c|#x:y', 'auto').samples.map(({ tags }) => tags);
    expect(all).toEqual([[['x', 'y']], [['x', 'y']]]);
  });

  test('keeps the good ones beside a bad one, which is counted', () => {
    const { samples: good, invalid } = statsdLine('a:1|c:x|c:3|q:4|c', 'auto');
    expect(good.map(({ value }) => value)).toEqual(['1', '4']);
    expect(invalid).toBe(2);
    expect(statsdLine('a:1:x:3|ms', 'auto')).toMatchObject({ invalid: 1, samples: [{ value: '1' }, { value: '3' }] });
  });
});

describe('tags in a name', () => {
  test.each([
    ['n:1|c', 'n', {}],
    ['n,a=b,c=d:1|c', 'n', { a: 'b', c: 'd' }],
    ['n;a=b;c=d:1|c', 'n', { a: 'b', c: 'd' }],
    ['n#a=b,c=d:1|c', 'n', { a: 'b', c: 'd' }],
    ['n[a=b,c=d]:1|c', 'n', { a: 'b', c: 'd' }],
    ['n[url=http://x:80/y].rest:1|c', 'n.rest', { url: 'http://x:80/y' }],
    ['n[a=b]:1|c|#e:f', 'n', { a: 'b', e: 'f' }],
    ['n[]:1|c', 'n', {}],
    ['n#a:1|c', 'n', { a: 'true' }],
    ['n:1|c|#a:b:c,d', 'n', { a: 'b:c', d: 'true' }],
    ['n:1|c|c:83c0a99c0a54', 'n', { container_id: '83c0a99c0a54' }],
    ['n:1|c|c:ci-83c0a99c0a54', 'n', { container_id: '83c0a99c0a54' }],
    ['n:1|c|#container_id:mine|c:ci-83c0a99c0a54', 'n', { container_id: 'mine' }],
  ])('%s', (line, name, tags) => {
    expect(named(line)).toEqual([name, tags]);
  });
});

describe('a gauge with a sign', () => {
  test.each([
    ['g:-5|g', 'gauge -5 change'],
    ['g:+5|g', 'gauge +5 change'],
    ['g:-5|g|@0.5', 'gauge -5 @0.5 change'],
    ['g,a=b:-5|g', 'gauge -5 change'],
    ['g:-5|g|#env:test', 'gauge -5'],
    ['g:+5|g|#env:test', 'gauge +5'],
    ['g:-5|g|c:ci-1', 'gauge -5'],
    ['g:-5|g|e:it-false', 'gauge -5'],
    ['g:-5|g|card:low', 'gauge -5'],
    ['g:-5|g|T1656581400', 'gauge -5'],
    ['g:5|g', 'gauge 5'],
    ['c:-5|c', 'counter -5'],
  ])('%s is %s', (line, expected) => {
    expect(samples(line)).toEqual([expected]);
  });

  test('is a value in a line of DogStatsD that has several', () => {
    expect(samples('g:-5:-6|g')).toEqual(['gauge -5', 'gauge -6']);
  });

  test('is read as it is said', () => {
    expect(samples('g:-5|g', 'absolute')).toEqual(['gauge -5']);
    expect(samples('g:-5|g|#a:b', 'relative')).toEqual(['gauge -5 change']);
    // A change that is not gathered has nothing to change.
    expect(samples('g:-5|g|T1656581400', 'relative')).toEqual(['gauge -5']);
  });
});

test.each(['', 'x', 'x:1', 'x:1|q', ':1|c', '[a=b]:1|c', 'x:one|c', 'x:|c', 'x:1|c|@2', 'x:1|c|@0', 'x:NaN|g'])(
  '%j is not a line of statsd',
  line => {
    expect(statsdLine(line, 'auto')).toEqual({ samples: [], invalid: 1 });
  },
);

test.each(['x:1|toString', 'x:1|c|T', 'x:1|c|T0', 'x:1|c|Tnow', 'x:1|c|T1656581400000000'])('nor is %j', line => {
  expect(statsdLine(line, 'auto')).toEqual({ samples: [], invalid: 1 });
});
