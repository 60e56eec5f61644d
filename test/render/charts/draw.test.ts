import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Wish } from '../../../src/render/charts/assign.js';
import { buildChart } from '../../../src/render/charts/build.js';
import { type Chart, CHART_TYPES } from '../../../src/render/charts/chart.js';
import { drawChart, roomOf } from '../../../src/render/charts/draw.js';
import { type GlyphStyle, glyphsOf } from '../../../src/render/charts/glyphs.js';
import type { Table } from '../../../src/render/charts/read-rows.js';
import { chalkFor } from '../../../src/render/chalk.js';
import { widthOf } from '../../../src/render/width.js';
import { column } from '../result.js';
import { EXAMPLES } from './examples.js';
import { propertyRuns } from '../../helpers/property-runs.js';

const ROWS = 24;

function chartOf(table: Omit<Table, 'isCut'>, wish: Wish = {}, columns = 80): Chart {
  return buildChart({ ...table, isCut: false }, wish, roomOf({ columns, rows: ROWS }), 'UTC');
}

function linesOf(chart: Chart, columns = 80, style: GlyphStyle = 'blocks', color = false): string[] {
  return drawChart(chart, { columns, rows: ROWS, glyphs: glyphsOf(style), chalk: chalkFor(color) });
}

describe.each(EXAMPLES)('the drawing of $name', ({ name, columns, rows, wish }) => {
  const drawn = (width: number, style: GlyphStyle = 'blocks'): string[] =>
    linesOf(chartOf({ columns, rows }, wish, width), width, style);

  it.each([80, 160])('is as reviewed at %d columns', async width => {
    await expect(`${drawn(width).join('\n')}\n`).toMatchFileSnapshot(`snapshots/${name}-${width}.txt`);
  });

  it('is as reviewed with braille and with ASCII', async () => {
    const both = [...drawn(80, 'braille'), '', ...drawn(80, 'ascii'), ''];
    await expect(both.join('\n')).toMatchFileSnapshot(`snapshots/${name}-styles.txt`);
  });

  it('has only ASCII with the style ascii, but for the text of values', () => {
    expect(drawn(80, 'ascii').join('').replaceAll('健康', '')).toMatch(/^[\x20-\x7e]*$/);
  });

  it('fits its window in any width and style, with or without colours', () => {
    for (const width of [20, 33, 80, 121, 160]) {
      for (const style of ['blocks', 'braille', 'ascii'] as const) {
        const chart = chartOf({ columns, rows }, wish, width);
        const lines = linesOf(chart, width, style);
        expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(width);
        expect(linesOf(chart, width, style, true).map(widthOf)).toEqual(lines.map(widthOf));
        if (width >= 80) expect(lines.length).toBeLessThanOrEqual(ROWS);
      }
    }
  });
});

describe('the choice of a chart', () => {
  const kinds = { t: 'time', n: 'number', m: 'number', s: 'text', r: 'text' } as const;
  const rows = (count: number, names: string): string[][] =>
    Array.from({ length: count }, (_, i) =>
      names
        .split('')
        .map(name =>
          name === 't' ? `2026-11-22T10:00:${10 + (i % 50)}Z` : name < 'p' ? String(i) : `${name}${i % 4}`,
        ),
    );
  const typeOf = (names: string, count = 40, wish: Wish = {}): string =>
    chartOf(
      {
        columns: names.split('').map(name => column(name, kinds[name as keyof typeof kinds])),
        rows: rows(count, names),
      },
      wish,
    ).type;

  it.each([
    ['tn', 'line'],
    ['tsn', 'line'],
    ['sn', 'bar'],
    ['srn', 'bar'],
    ['n', 'histogram'],
    ['t', 'histogram'],
    ['s', 'bar'],
    ['nm', 'scatter'],
    ['snm', 'bar'],
  ])('for columns %s is %s', (names, type) => {
    expect(typeOf(names)).toBe(type);
  });

  it('is bars for a single row of numbers, and a heatmap for many series', () => {
    expect(typeOf('nm', 1)).toBe('bar');
    const many = Array.from({ length: 40 }, (_, i) => ['2026-11-22T10:00:00Z', `s${i}`, '1']);
    const columns = [column('t', 'time'), column('s', 'text'), column('n', 'number')];
    expect(chartOf({ columns, rows: many }).type).toBe('heatmap');
  });

  it('follows the columns that are named', () => {
    const columns = [column('t', 'time'), column('s', 'text'), column('n', 'number'), column('m', 'number')];
    const chart = chartOf({ columns, rows: rows(8, 'tsnm') }, { type: 'bar', x: 's', y: ['M'], by: 't' });
    expect(chart).toMatchObject({ type: 'bar', label: { name: 's' }, value: { name: 'm' } });
  });

  it.each([
    [{ x: 'nope' }, 'the result has no column nope'],
    [{ y: ['s'] }, '--y s is of type ANY, and y takes a number'],
    [
      { type: 'line' } as const,
      'a line chart needs a time or number for x, and a number for y, but the result has s (ANY)',
    ],
  ])('refuses what cannot be drawn: %j', (wish, message) => {
    expect(() => chartOf({ columns: [column('s', 'text')], rows: [['a']] }, wish)).toThrow(message);
  });
});

describe('the notes of a chart', () => {
  const columns = [column('t', 'time'), column('s', 'text'), column('n', 'number')];

  it('name the series that are left out: the smallest', () => {
    const rows = Array.from({ length: 20 }, (_, i) => ['2026-11-22T10:00:00Z', `s${i}`, String(i)]);
    const { notes } = chartOf({ columns, rows }, { type: 'line' });
    expect(notes).toEqual(['12 smaller series left out: s0, s1, s2, s3, s4 and 7 more']);
  });

  it('name columns of another unit, rows beyond the limit, missing values and bars that do not fit', () => {
    const units = [column('t', 'time'), column('a_ms', 'number'), column('b_bytes', 'number')];
    const cut = buildChart(
      {
        columns: units,
        rows: [
          ['2026-11-22T10:00:00Z', '1', '2'],
          ['2026-11-22T10:00:01Z', 'NaN', '2'],
        ],
        isCut: true,
      },
      {},
      roomOf({ columns: 80, rows: ROWS }),
      'UTC',
    );
    expect(cut.notes).toEqual([
      'only the first 2 rows are drawn: aggregate in the SQL',
      'left out, since the unit differs: b_bytes; choose with --y',
      '1 missing value not drawn',
    ]);
    const bars = chartOf({ columns: columns.slice(1), rows: Array.from({ length: 50 }, (_, i) => [`l${i}`, '1']) });
    expect(bars.notes).toEqual(['30 more labels left out: limit or aggregate in the SQL']);
  });
});

describe('the axis of values', () => {
  it('has the unit of the column metric_unit where all rows agree', () => {
    const columns = [column('t', 'time'), column('n', 'number'), column('metric_unit', 'text')];
    const rows = (...units: string[]): string[][] => units.map((unit, i) => [`2026-11-22T10:00:0${i}Z`, '5', unit]);
    expect(chartOf({ columns, rows: rows('By', 'By') })).toMatchObject({ type: 'line', y: { unit: 'bytes' } });
    const mixed = chartOf({ columns, rows: rows('By', 's') });
    expect(mixed).toMatchObject({ y: { unit: '' }, notes: ['the values have several units: By, s'] });
  });
});

describe('any rows', () => {
  const cell = fc.option(
    fc.oneof(
      fc.double().map(String),
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.date({ noInvalidDate: false }).map(date => (Number.isNaN(date.getTime()) ? 'infinity' : date.toISOString())),
    ),
    { nil: null },
  );
  const table = fc.array(fc.constantFrom('time', 'number', 'text'), { minLength: 1, maxLength: 4 }).chain(kinds =>
    fc.record({
      columns: fc.constant(kinds.map((kind, i) => column(`c${i}`, kind))),
      rows: fc.array(fc.tuple(...kinds.map(() => cell)), { maxLength: 30 }),
    }),
  );

  it('become lines within the window, or an error that says what is missing', () => {
    fc.assert(
      fc.property(
        table,
        fc.constantFrom(undefined, ...CHART_TYPES),
        fc.integer({ min: 20, max: 200 }),
        fc.constantFrom('blocks', 'braille', 'ascii'),
        (of, type, width, style) => {
          let chart: Chart;
          try {
            chart = chartOf(of, { type }, width);
          } catch (error) {
            expect(String(error)).toMatch(/chart needs/);
            return;
          }
          for (const line of linesOf(chart, width, style)) {
            expect(widthOf(line)).toBeLessThanOrEqual(width);
            expect(line).not.toMatch(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/u);
          }
        },
      ),
      { numRuns: propertyRuns(100) },
    );
  });
});

describe('much and little in a chart', () => {
  const columns = [column('label', 'text'), column('series', 'text'), column('n', 'number')];

  it('chooses the largest of 100,000 series of bars in linear time, and shows the labels that have them', () => {
    const rows = Array.from({ length: 100_000 }, (_, i) => [`l${Math.floor(i / 10)}`, `s${i}`, String(i)]);
    const chart = chartOf({ columns, rows });
    expect(chart).toMatchObject({ series: [2, 3, 4, 5, 6, 7, 8, 9].map(i => `s9999${i}`) });
    expect('rows' in chart && chart.rows).toEqual([
      { label: 'l9999', values: [2, 3, 4, 5, 6, 7, 8, 9].map(i => 99_990 + i) },
    ]);
    expect(chart.notes).toEqual(['99,992 smaller series left out: s0, s1, s2, s3, s4 and 99,987 more']);
  });

  it('counts the rows of the largest of 100,000 series of a histogram', () => {
    const rows = Array.from({ length: 100_000 }, (_, i) => ['', i % 2 === 0 ? 'half' : `s${i}`, String(i % 4)]);
    const chart = chartOf({ columns, rows }, { type: 'histogram', x: 'n', by: 'series' });
    expect('rows' in chart && chart.rows.map(({ values }) => values[0])).toEqual([25_000, 0, 25_000, 0]);
  });

  it('notes the missing values of bars, and says so where there is no other value', () => {
    const lines = (...values: (string | null)[]): string[] =>
      linesOf(chartOf({ columns: [columns[0]!, columns[2]!], rows: values.map((value, i) => [`l${i}`, value]) }));
    expect(lines('1', null, 'NaN').at(-1)).toBe('(2 missing values not drawn)');
    expect(lines(null, 'inf')).toEqual(['no values', '(2 missing values not drawn)']);
    expect(lines()).toEqual(['no rows']);
  });

  it('prints whole numbers at the end of bars in 20 columns', () => {
    const rows = [
      ['日本語サービス', 'a', '1234567'],
      ['GET /orders/of/customers', 'b', '-2.75e-20'],
    ];
    const lines = linesOf(chartOf({ columns, rows }, {}, 20), 20).join('\n');
    for (const text of ['1.23M', '-2.75e-20']) expect(lines).toContain(` ${text}`);
  });
});
