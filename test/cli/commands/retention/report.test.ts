import { describe, expect, test } from 'vitest';
import { changeJson, changeText, nothingText } from '../../../../src/cli/commands/retention/report.js';
import {
  mergePolicy,
  parseAges,
  withoutAges,
  type RetentionPolicy,
} from '../../../../src/consumers/retention/policy.js';

const DAY = 86_400_000;
const before: RetentionPolicy = { ages: { log: 14 * DAY, '*': 90 * DAY }, by: 'received', maxSize: 10_000_000_000 };
const edit = { ages: {}, maxSize: undefined, by: undefined };

describe('mergePolicy', () => {
  test('changes what the edit names and leaves the rest', () => {
    expect(mergePolicy(before, { ...edit, ages: { log: DAY, trace: DAY } })).toEqual({
      ages: { log: DAY, '*': 90 * DAY, trace: DAY },
      by: 'received',
      maxSize: 10_000_000_000,
    });
    expect(mergePolicy(before, { ages: {}, maxSize: null, by: 'time' })).toEqual({ ages: before.ages, by: 'time' });
    expect(mergePolicy(undefined, { ...edit, maxSize: 5 })).toEqual({ ages: {}, by: 'received', maxSize: 5 });
  });
});

describe('parseAges', () => {
  test('knows the ages of the classic schema, which others may follow', () => {
    const classic = { metric: 180 * DAY, trace: 30 * DAY, '*': 90 * DAY };

    expect(parseAges('classic')).toEqual(classic);
    expect(parseAges('classic,log=14d,trace=7d')).toEqual({ ...classic, log: 14 * DAY, trace: 7 * DAY });
    expect(() => parseAges('classical')).toThrow('"classical" is not TYPE=AGE');
  });
});

describe('withoutAges', () => {
  test('takes back the ages of types, and the policy with the last of them', () => {
    expect(withoutAges(before, ['log'])).toEqual({ ...before, ages: { '*': 90 * DAY } });
    expect(withoutAges({ ages: { log: DAY }, by: 'received' }, ['log'])).toBeUndefined();
    expect(() => withoutAges(before, ['trace'])).toThrow('no age for "trace"');
    expect(() => withoutAges(undefined, ['trace'])).toThrow('no age for "trace"');
  });
});

describe('the report of a change', () => {
  test('says what each changed part was before', () => {
    const after = mergePolicy(before, { ages: { log: 7 * DAY, trace: DAY }, maxSize: null, by: 'time' });
    expect(changeText({ before, after })).toBe(
      [
        'log: 7d (was 14d)',
        'all other types: 90d',
        'trace: 1d (was 90d)',
        'ages count from the time of the event (was when the event was received)',
        'the store may take any size (was 10 GB)',
        '',
      ].join('\n'),
    );
    expect(changeJson({ before, after })).toEqual({
      ages: 'log=7d,*=90d,trace=1d',
      by: 'time',
      max_size: null,
      changed: [
        { what: 'log', before: '14d', after: '7d' },
        { what: 'trace', before: null, after: '1d' },
        { what: 'by', before: 'received', after: 'time' },
        { what: 'max_size', before: 10_000_000_000, after: null },
      ],
    });
  });

  test('says that nothing changed, and what an age that was taken back becomes', () => {
    expect(changeText({ before, after: before })).toMatch(/^log: 14d\n[^]*\nnothing changed\n$/);
    expect(changeText({ before, after: withoutAges(before, ['log']) })).toContain(
      'log: as all other types (was 14d)\n',
    );
  });
});

test('given events that wait for a remote, then the result without a removal says so', () => {
  expect(nothingText(false)).toBe('no event is too old\n');
  expect(nothingText(true)).toBe('no event is too old, apart from any that wait for a remote\n');
});
