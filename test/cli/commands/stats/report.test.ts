import { describe, expect, test } from 'vitest';
import { rateText } from '../../../../src/cli/commands/stats/report.js';

describe('rateText', () => {
  test.each([
    [4, 3600, '4 events/h'],
    [1, 3600, '1 event/h'],
    [4, 60, '4 events/min'],
    [1, 300, '12 events/h'],
    [60, 60, '1 event/s'],
    [754_321, 60, '13,000 events/s'],
    [0, 60, '0 events/s'],
    [1, 86_400, '1 event/day'],
  ])('shows %i events in %i seconds as %s', (events, seconds, text) => {
    expect(rateText({ events, seconds })).toBe(text);
  });
});
