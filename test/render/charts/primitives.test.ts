import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chalkFor } from '../../../src/render/chalk.js';
import { formatBar, formatRange } from '../../../src/render/charts/bar.js';
import { brailleDot, brailleOf, type Glyphs, glyphsOf } from '../../../src/render/charts/glyphs.js';
import { MAX_SERIES, paintSeries, seriesColor } from '../../../src/render/charts/series-color.js';
import { formatSparkline } from '../../../src/render/charts/sparkline.js';
import { widthOf } from '../../../src/render/width.js';

const blocks = glyphsOf('blocks');
const braille = glyphsOf('braille');
const ascii = glyphsOf('ascii');
const anyGlyphs = fc.constantFrom(blocks, braille, ascii);

const texts = ({ style, line, ...rest }: Glyphs): string[] => {
  expect(style).toMatch(/^[a-z]+$/);
  return [...Object.values<string | readonly string[]>(rest), ...Object.values<string>({ ...line })].flat();
};

describe('the characters of a drawing', () => {
  it('take one cell each', () => {
    for (const glyphs of [blocks, braille, ascii]) {
      expect(texts(glyphs).filter(text => widthOf(text) !== 1)).toEqual([]);
    }
  });

  it('are printable ASCII in the style ascii', () => {
    expect(texts(ascii).filter(text => !/^[\x20-\x7e]$/.test(text))).toEqual([]);
  });

  it('have as many steps from both sides, so that a range can end where another begins', () => {
    for (const glyphs of [blocks, ascii]) expect(glyphs.fromRight).toHaveLength(glyphs.fromLeft.length);
  });

  it('compose braille by dots, and leave an empty cell a space', () => {
    expect(brailleOf(brailleDot(0, 0) | brailleDot(3, 1))).toBe('⢁');
    expect(brailleOf(0)).toBe(' ');
    expect(brailleOf(0xff)).toBe('⣿');
  });
});

describe('formatBar', () => {
  it.each([
    [0, '    '],
    [0.25, '█   '],
    [0.3, '█▎  '],
    [0.5, '██  '],
    [1, '████'],
    [0.0001, '▏   '],
    [0.9999, '███▉'],
    [-1, '    '],
    [7, '████'],
    [Number.NaN, '    '],
  ])('draws %d of four cells as %j', (share, drawn) => {
    expect(formatBar(share, 4, blocks)).toBe(drawn);
  });

  it('draws with ASCII alone', () => {
    expect([0, 0.1, 0.5, 0.7, 1].map(share => formatBar(share, 4, ascii))).toEqual([
      '    ',
      '-   ',
      '##  ',
      '###  '.slice(0, 4),
      '####',
    ]);
  });

  it('takes its width for any share, and never shrinks as the share grows', () => {
    const filled = (bar: string, glyphs: Glyphs): number =>
      bar.split('').reduce((sum, character) => sum + glyphs.fromLeft.indexOf(character), 0);
    fc.assert(
      fc.property(fc.double(), fc.double(), fc.integer({ min: 0, max: 60 }), anyGlyphs, (a, b, width, glyphs) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        expect(widthOf(formatBar(low, width, glyphs))).toBe(width);
        if (Number.isNaN(low) || Number.isNaN(high)) return;
        expect(filled(formatBar(low, width, glyphs), glyphs)).toBeLessThanOrEqual(
          filled(formatBar(high, width, glyphs), glyphs),
        );
      }),
    );
  });
});

describe('formatRange', () => {
  it('leads to the bar with a faint line', () => {
    expect(formatRange(0.5, 1, 8, blocks)).toEqual({ lead: '····', bar: '████', rest: '' });
    expect(formatRange(0.5, 0.5, 8, blocks)).toEqual({ lead: '····', bar: '▏', rest: '   ' });
    expect(formatRange(0.25, 0.8, 10, blocks)).toEqual({ lead: '··', bar: '▐█████', rest: '  ' });
    expect(formatRange(0, 1, 5, ascii)).toEqual({ lead: '', bar: '#####', rest: '' });
  });

  it('shows a bar in the width for any range', () => {
    fc.assert(
      fc.property(fc.double(), fc.double(), fc.integer({ min: 1, max: 60 }), anyGlyphs, (from, to, width, glyphs) => {
        const { lead, bar, rest } = formatRange(from, to, width, glyphs);
        expect(widthOf(lead + bar + rest)).toBe(width);
        expect(bar.trim().length).toBeGreaterThan(0);
      }),
    );
  });
});

describe('formatSparkline', () => {
  it('draws a column a value, zero as the lowest step and a missing value as a space', () => {
    expect(formatSparkline([0, 1, 2, 3, 4, 5, 6, 7], 20, blocks)).toBe('▁▂▃▄▅▆▇█');
    expect(formatSparkline([0, 0.001, 1000, null, Number.NaN, 0], 20, blocks)).toBe('▁▂█  ▁');
    expect(formatSparkline([0, 1, 4, 7], 20, ascii)).toBe('_.=#');
    expect(formatSparkline([0, 0, 0], 20, blocks)).toBe('▁▁▁');
    expect(formatSparkline([], 20, blocks)).toBe('');
  });

  it('begins its scale at 0, or at the lowest negative value', () => {
    expect(formatSparkline([100, 100], 20, blocks)).toBe('██');
    expect(formatSparkline([-7, 0], 20, blocks)).toBe('▁█');
  });

  it('keeps a peak when values are joined', () => {
    const values = Array.from({ length: 100 }, (_, i) => (i === 42 ? 9 : 0));
    expect(formatSparkline(values, 10, blocks)).toBe('▁▁▁▁█▁▁▁▁▁');
  });

  it('draws two values a cell with braille', () => {
    expect(formatSparkline([0, 1, 2, 3, null, 3], 20, braille)).toBe('⣠⣾⢸');
  });

  it('is never wider than asked for', () => {
    const values = fc.array(fc.option(fc.double(), { nil: null }), { maxLength: 300 });
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 50 }), anyGlyphs, (numbers, width, glyphs) => {
        expect(widthOf(formatSparkline(numbers, width, glyphs))).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe('the colours of series', () => {
  it('differ up to the most series, as the markers do, and repeat after', () => {
    const all = Array.from({ length: MAX_SERIES }, (_, i) => seriesColor(i));
    expect(new Set(all.map(({ hex }) => hex)).size).toBe(MAX_SERIES);
    expect(new Set(all.map(({ terminal }) => terminal)).size).toBe(MAX_SERIES);
    expect(blocks.markers).toHaveLength(MAX_SERIES);
    expect(ascii.markers).toHaveLength(MAX_SERIES);
    expect(seriesColor(MAX_SERIES)).toEqual(seriesColor(0));
  });

  it('paint nothing without colours', () => {
    expect(paintSeries(1, chalkFor(false))('x')).toBe('x');
    expect(paintSeries(1, chalkFor(true))('x')).toBe('\x1b[33mx\x1b[39m');
  });

  it('can be read on white', () => {
    const luminance = (hex: string): number => {
      const parts = [1, 3, 5].map(at => Number.parseInt(hex.slice(at, at + 2), 16) / 255);
      const [red, green, blue] = parts.map(c => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
      return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
    };
    for (let i = 0; i < MAX_SERIES; i++) {
      expect(1.05 / (luminance(seriesColor(i).hex) + 0.05)).toBeGreaterThanOrEqual(3);
    }
  });
});
