import { describe, expect, test } from 'vitest';
import { parseAge, sinceOf } from '../../../src/cli/shared/time-options.js';

const NOW = Date.UTC(2026, 10, 28, 12);
const DAY = 86_400_000;

describe('parseAge', () => {
  test.each([
    ['14d', 14 * DAY],
    ['100000d', 100_000 * DAY],
    ['-1h', DAY / 24],
    ['2026-11-27T12:00:00Z', DAY],
    ['1 day ago', DAY],
  ])('reads %s', (text, age) => {
    expect(parseAge(text, NOW)).toBe(age);
  });

  test.each([
    ['14', 'is not a duration'],
    ['14 moons', 'is not a duration'],
    ['2026-12-01', 'is in the future'],
    ['+1h', 'is in the future'],
  ])('refuses %s', (text, problem) => {
    expect(() => parseAge(text, NOW)).toThrow(problem);
  });
});

describe('sinceOf', () => {
  test('reads --last as --since', () => {
    expect(sinceOf({ last: '5m' }, NOW)).toBe((NOW - 300_000) * 1000);
    expect(sinceOf({ since: '5m' }, NOW)).toBe((NOW - 300_000) * 1000);
    expect(sinceOf({}, NOW)).toBeUndefined();
  });

  test('names --since for a point in time given to --last', () => {
    const refused = expect.objectContaining({ remedy: 'Write --since yesterday.' }) as Error;
    expect(() => sinceOf({ last: 'yesterday' }, NOW)).toThrow(refused);
    expect(() => sinceOf({ last: 'soon' }, NOW)).toThrow('--last: "soon" is not a duration');
  });

  test('refuses both, and a count where a duration is wanted', () => {
    expect(() => sinceOf({ since: '5m', last: '5m' }, NOW)).toThrow('give only one');
    expect(() => sinceOf({ last: '5' }, NOW)).toThrow('--last: "5" is not a duration');
  });
});
