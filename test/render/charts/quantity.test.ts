import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalUnit, formatQuantity, msIn, unitOf } from '../../../src/render/charts/quantity.js';

describe('unitOf', () => {
  it.each([
    ['duration_ms', 'ms'],
    ['http.request.body_bytes', 'bytes'],
    ['elapsed.seconds', 's'],
    ['wait_us', 'us'],
    ['cpu_percent', '%'],
    ['DURATION_MS', 'ms'],
    ['count', ''],
    ['items', ''],
    ['is_s', ''],
    ['ms', ''],
  ])('finds in %s the unit %j', (name, unit) => {
    expect(unitOf(name)).toBe(unit);
  });
});

describe('formatQuantity', () => {
  it.each([
    [0, 'ms', '0ms'],
    [0.25, 'ms', '250µs'],
    [0.00025, 'ms', '250ns'],
    [12.345, 'ms', '12.3ms'],
    [1250, 'ms', '1.25s'],
    [125_000, 'ms', '2m5s'],
    [1.5, 's', '1.5s'],
    [90, 's', '1m30s'],
    [2_000_000, 'ns', '2ms'],
    [-1250, 'ms', '-1.25s'],
    [0, 'bytes', '0 B'],
    [1536, 'bytes', '1.54 kB'],
    [12_345_678, 'By', '12.3 MB'],
    [2, 'KiBy', '2.05 kB'],
    [1500, 'By/s', '1.5 kB/s'],
    [99.5, '%', '99.5%'],
    [0, '', '0'],
    [7, '', '7'],
    [9999, '', '9,999'],
    [12_345, '', '12.3k'],
    [1_234_567, '', '1.23M'],
    [0.1234, '', '0.123'],
    [1234.5, '', '1.23k'],
    [42, '{request}', '42 request'],
    [4.25, '{request}/s', '4.25 request/s'],
    [5, '1', '5'],
    [Number.NaN, 'ms', 'NaN'],
    [Infinity, '', '∞'],
    [-Infinity, 'ms', '-∞'],
    [1e18, '', '1E'],
    [1e22, '', '1.00e22'],
    [999_999, 'bytes', '1 MB'],
    [0.0000001234, '', '1.23e-7'],
    [1999, 'bytes', '2 kB'],
    [1e18, 'ms', '11.6Gd'],
  ])('shows %d of %j as %j', (value, unit, text) => {
    expect(formatQuantity(value, unit)).toBe(text);
  });

  it('shows as many digits as asked for', () => {
    expect(formatQuantity(1234.5678, 'ms', 5)).toBe('1.2346s');
    expect(formatQuantity(1_234_567, '', 6)).toBe('1.23457M');
    expect(formatQuantity(1_234_567, 'bytes', 5)).toBe('1.2346 MB');
  });

  it('is short for every number and unit', () => {
    const unit = fc.constantFrom('', 'ms', 'bytes', 's', 'ns', '%');
    fc.assert(
      fc.property(fc.double(), unit, (value, of) => {
        expect(formatQuantity(value, of)).toMatch(
          /^-?(?:NaN|∞|[\d.,]+(?:e[+-]?\d+)?\D{0,3}(?:\d+(?:\.\d+)?\D){0,3})$/u,
        );
        expect(formatQuantity(value, of).length).toBeLessThanOrEqual(24);
      }),
    );
  });

  it('names one spelling of each unit', () => {
    expect(['seconds', 'By', '{fault}', '1', ' ms '].map(canonicalUnit)).toEqual(['s', 'bytes', 'fault', '', 'ms']);
    expect([msIn('s'), msIn('ms'), msIn('By')]).toEqual([1000, 1, undefined]);
  });
});
