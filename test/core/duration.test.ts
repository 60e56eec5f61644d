import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  durationText,
  elapsedText,
  parseDuration,
  parseInstant,
  roundedDurationText,
} from '../../src/core/duration.js';
import { TelemetryError } from '../../src/core/errors.js';

describe('parseDuration', () => {
  test.each([
    ['500ms', 500],
    ['1.5s', 1500],
    ['10m', 600_000],
    ['10min', 600_000],
    ['1h30m', 5_400_000],
    ['1h 30m', 5_400_000],
    ['5 minutes', 300_000],
    ['1 Hour, 30 minutes', 5_400_000],
    ['2 weeks', 1_209_600_000],
    ['2y', 63_072_000_000],
  ])('reads %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each(['', '5', 'm', '5 moons', '10M', '5m ago', '-5m', '1h x', '5minutesago'])('refuses "%s"', text => {
    expect(() => parseDuration(text)).toThrow(TelemetryError);
  });
});

describe('durationText', () => {
  test.each([
    [0, '0s'],
    [250, '250ms'],
    [1500, '1.5s'],
    [90_000, '1m30s'],
    [3_600_000, '1h'],
    [15_552_000_000, '180d'],
    [90_061_000, '1d1h1m1s'],
  ])('prints %d ms as %s', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });

  test('prints what parseDuration reads back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 12 }), ms => {
        expect(Math.round(parseDuration(durationText(ms)))).toBe(ms);
      }),
    );
  });
});

describe('roundedDurationText', () => {
  test.each([
    [0, '1 ms'],
    [0.2, '1 ms'],
    [3.12, '3 ms'],
    [999.4, '999 ms'],
    [999.6, '1 s'],
    [1234, '1.2 s'],
    [59_940, '59.9 s'],
    [59_970, '1 min'],
    [125_000, '2 min 5 s'],
    [3_600_000, '1 h'],
    [3_725_400, '1 h 2 min 5 s'],
  ])('shows %d ms as %s', (ms, text) => {
    expect(roundedDurationText(ms)).toBe(text);
  });
});

describe('elapsedText', () => {
  test.each([
    [0, '0ms'],
    [0.25, '250µs'],
    [12.345, '12.3ms'],
    [1250, '1.25s'],
    [65_400, '1m5s'],
    [-5, '-5ms'],
  ])('prints %d ms as %s', (ms, text) => {
    expect(elapsedText(ms)).toBe(text);
  });
});

describe('parseInstant', () => {
  const now = new Date(2026, 10, 28, 15, 30, 20, 500).getTime();
  const local = (day: number, hour = 0, minute = 0, second = 0): number =>
    new Date(2026, 10, day, hour, minute, second).getTime() * 1000;

  test.each([
    ['now', now * 1000],
    ['10m', (now - 600_000) * 1000],
    ['-1h', (now - 3_600_000) * 1000],
    ['10min', (now - 600_000) * 1000],
    ['5 minutes ago', (now - 300_000) * 1000],
    ['+1h', (now + 3_600_000) * 1000],
    ['today', local(28)],
    ['Yesterday', local(27)],
    ['tomorrow', local(29)],
    ['12:30', local(28, 12, 30)],
    ['8:05:09', local(28, 8, 5, 9)],
    ['yesterday 12:30', local(27, 12, 30)],
    ['2026-11-22', Date.UTC(2026, 10, 22) * 1000],
    ['20261122', Date.UTC(2026, 10, 22) * 1000],
    ['2026', Date.UTC(2026, 0) * 1000],
    ['2026-11', Date.UTC(2026, 10) * 1000],
    ['2016-12-31T23:59:60.5Z', Date.UTC(2017, 0, 1) * 1000 + 500_000],
    ['20261322', 20_261_322 * 1e6],
    ['2026-11-22T10:00:00Z', Date.UTC(2026, 10, 22, 10) * 1000],
    ['2026-11-22 10:00:00.1234567+01:00', Date.UTC(2026, 10, 22, 9) * 1000 + 123_456],
    ['1795000000', 1_795_000_000_000_000],
    ['1795000000000', 1_795_000_000_000_000],
  ])('reads %s', (text, micros) => {
    expect(parseInstant(text, now)).toBe(micros);
  });

  test.each([
    '',
    'soon',
    '25:00',
    '12:60',
    '5 moons ago',
    'yesterday noon',
    'todayyesterday',
    '2026-13-01',
    '-',
    'ago',
  ])('refuses "%s"', text => {
    expect(() => parseInstant(text, now)).toThrow('is not a point in time');
  });
});
