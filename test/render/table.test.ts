import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import type { Row } from '../../src/core/result.js';
import { column, printed, resultOf } from './result.js';

const columns = [column('id', 'number'), column('name', 'text')];

function linesOf(text: string): string[] {
  return text.split('\n').slice(0, -1);
}

describe('given rows for people', () => {
  it('prints a whole table without a terminal, numbers right, with a footer', async () => {
    const rows: Row[] = [
      ['7', 'login'],
      ['12031', null],
    ];
    expect((await printed('table', resultOf(columns, rows))).text).toBe(
      [
        '┌───────┬───────┐',
        '│    id │ name  │',
        '├───────┼───────┤',
        '│     7 │ login │',
        '│ 12031 │ NULL  │',
        '└───────┴───────┘',
        '(2 rows)',
        '',
      ].join('\n'),
    );
  });

  it('when there are none, then the header and the count are shown', async () => {
    expect(await printed('table', resultOf(columns))).toEqual({
      text: '┌────┬──────┐\n│ id │ name │\n└────┴──────┘\n(0 rows)\n',
      rows: 0,
      writes: expect.any(Number) as number,
    });
  });

  it('prints names bold, and NULL and the footer dim, only in colour', async () => {
    const result = () => resultOf([column('a', 'text')], [[null]]);
    const { text } = await printed('table', result(), { color: true });
    expect(text).toContain('\x1b[1ma\x1b[22m');
    expect(text).toContain('\x1b[2mNULL\x1b[22m');
    expect(text).toContain('\x1b[2m(1 row)\x1b[22m');
    expect((await printed('table', result())).text).not.toContain('\x1b');
  });

  it('cuts the widest texts to the terminal, and keeps numbers and times whole', async () => {
    const wide = [column('id', 'number'), column('time', 'time'), column('a', 'text'), column('payload', 'json')];
    const row = ['9223372036854775807', '2024-07-03 05:16:55', 'short', JSON.stringify({ text: 'x'.repeat(500) })];
    const { text } = await printed('table', resultOf(wide, [row]), { columns: 80 });
    const lines = linesOf(text);
    expect(lines.slice(0, -1).map(line => stringWidth(line))).toEqual([80, 80, 80, 80, 80]);
    expect(lines[3]).toMatch(/│ 9223372036854775807 │ 2024-07-03 05:16:55 │ short │ \{"text":"x+… │/);
  });

  it('cuts the middle of texts where the column says so', async () => {
    const paths = [{ ...column('file', 'text'), cutsAt: 'middle' as const }, column('time', 'time')];
    const rows = ['/var/log/shop/app-1.log', '/var/log/shop/app-2.log', '/var/log/日本語日本語.log'].map(path => [
      path,
      'x',
    ]);
    const { text } = await printed('table', resultOf(paths, rows), { columns: 22 });
    expect(linesOf(text).slice(3, 6)).toEqual([
      '│ /v…pp-1.log │ x    │',
      '│ /v…pp-2.log │ x    │',
      '│ /v…本語.log │ x    │',
    ]);
  });

  it('when a name is wider than its numbers, then the name is cut', async () => {
    const named = [column('sum(CAST("timeElapsed" AS BIGINT))', 'number')];
    const { text } = await printed('table', resultOf(named, [['12345678901']]), { columns: 16 });
    expect(linesOf(text)[1]).toBe('│ sum(CAST("t… │');
    expect(linesOf(text)[3]).toBe('│  12345678901 │');
  });

  it('prints the line format with the count when columns do not fit when cut', async () => {
    const many = Array.from({ length: 20 }, (_, i) => column(`column${i}`, 'text'));
    const { text, rows } = await printed('table', resultOf(many, [many.map(() => 'y'.repeat(100))]), { columns: 80 });
    expect(rows).toBe(1);
    expect(linesOf(text)[0]).toBe(`column0  = ${'y'.repeat(100)}`);
    expect(linesOf(text).at(-1)).toBe('(1 row)');
    expect(linesOf(text)).toHaveLength(21);
  });

  it.each([
    ['🏻', '\\u{1f3fb}'],
    ['ำก', '\\u0e33ก'],
    ['aൎ', 'a\\u0d4e'],
    ['👍🏻', '👍🏻'],
    ['ทำ', 'ทำ'],
  ])('when %s would join the border, then it is shown as %s', async (value, text) => {
    const table = await printed('table', resultOf([column('a', 'text'), column(value, 'text')], [['x', value]]));
    expect(linesOf(table.text)[1]).toContain(`│ ${text} │`);
    expect(linesOf(table.text)[3]).toContain(`│ ${text} │`);
  });

  it('keeps lines of any value within the terminal, with nothing obeyed', async () => {
    const value = fc.option(
      fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.string({ unit: 'grapheme', maxLength: 60 })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(value, value)), fc.integer({ min: 30, max: 100 }), async (rows, width) => {
        const { text } = await printed('table', resultOf([column('a', 'text'), column('b', 'text')], rows), {
          columns: width,
        });
        const lines = linesOf(text);
        const heights = rows.map(row => Math.max(...row.map(cell => (cell ?? '').split('\n').length)));
        const rules = heights.slice(1).filter((height, i) => height > 1 || heights[i]! > 1);
        const shown = heights.reduce((sum, height) => sum + height, 0) + rules.length;
        expect(lines).toHaveLength(shown + (rows.length > 0 ? 5 : 4));
        const widths = new Set(lines.slice(0, -1).map(line => stringWidth(line)));
        expect(widths.size).toBe(1);
        expect(Math.max(...widths)).toBeLessThanOrEqual(width);
        expect(text).not.toMatch(/[^\n\P{Cc}]|[\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });
});

describe('given cells of several lines', () => {
  const log = [column('id', 'number'), column('payload', 'json'), column('msg', 'text')];

  it('keeps line breaks in cells and rules such rows off', async () => {
    const rows: Row[] = [
      ['1', '{}', 'a'],
      ['2', '{}', 'b'],
      ['3', '{\r\n\t"a": 1\r\n}', 'Error: no\n\tat \x1b[2Jf'],
      ['4', null, null],
      ['5', '{}', ''],
    ];
    expect(linesOf((await printed('table', resultOf(log, rows))).text)).toEqual([
      '┌────┬──────────┬───────────────┐',
      '│ id │ payload  │ msg           │',
      '├────┼──────────┼───────────────┤',
      '│  1 │ {}       │ a             │',
      '│  2 │ {}       │ b             │',
      '├────┼──────────┼───────────────┤',
      '│  3 │ {        │ Error: no     │',
      '│    │   "a": 1 │ \\tat \\x1b[2Jf │',
      '│    │ }        │               │',
      '├────┼──────────┼───────────────┤',
      '│  4 │ NULL     │ NULL          │',
      '│  5 │ {}       │               │',
      '└────┴──────────┴───────────────┘',
      '(5 rows)',
    ]);
  });

  it('when NULL stands beside them, then it is shown once', async () => {
    const { text } = await printed('table', resultOf(log, [[null, '{\n}', 'a']]));
    expect(text.match(/NULL/g)).toHaveLength(1);
  });

  it('when a line is wider than the terminal, then it alone is cut', async () => {
    const { text } = await printed('table', resultOf([column('a', 'text')], [[`${'x'.repeat(50)}\nshort`]]), {
      columns: 20,
    });
    expect(linesOf(text).slice(3, 5)).toEqual([`│ ${'x'.repeat(15)}… │`, '│ short            │']);
  });

  it('when one ends a page, then the next page is ruled off from it', async () => {
    const page: Row[] = Array.from({ length: 1000 }, (_, i) => ['7', i === 999 ? 'a\nb' : 'a']);
    const { text } = await printed('table', resultOf(columns, page, [['8', 'c']]), { columns: 80 });
    expect(linesOf(text).slice(-6)).toEqual([
      '│  7 │ a    │',
      '│    │ b    │',
      '├────┼──────┤',
      '│  8 │ c    │',
      '└────┴──────┘',
      '(1001 rows)',
    ]);
  });

  it('when they are in the line form, then further lines stand under the first', async () => {
    const { text } = await printed('line', resultOf(log, [['1', '{\n  "a": 1\n}', 'x\r\ny']]));
    expect(linesOf(text)).toEqual([
      'id      = 1',
      'payload = {',
      '            "a": 1',
      '          }',
      'msg     = x',
      '          y',
    ]);
  });
});

describe('given more rows than a page', () => {
  it('cuts wider texts of later pages to the first page on a terminal', async () => {
    const short: Row[] = Array.from({ length: 1000 }, () => ['1', 'abc']);
    const { text, rows } = await printed('table', resultOf(columns, short, [['2', 'a longer name']]), { columns: 80 });
    expect(rows).toBe(1001);
    expect(linesOf(text).slice(-3)).toEqual(['│  2 │ a l… │', '└────┴──────┘', '(1001 rows)']);
    expect(linesOf(text)).toHaveLength(1001 + 5);
  });

  it('when numbers get wider, then a new table begins, for a cut number would mislead', async () => {
    const short: Row[] = Array.from({ length: 1000 }, () => ['1', 'abc']);
    const { text } = await printed('table', resultOf(columns, short, [['1234567', 'abc']]), { columns: 80 });
    expect(linesOf(text).slice(-7)).toEqual([
      '└────┴──────┘',
      '┌─────────┬──────┐',
      '│      id │ name │',
      '├─────────┼──────┤',
      '│ 1234567 │ abc  │',
      '└─────────┴──────┘',
      '(1001 rows)',
    ]);
  });

  it('when nothing is to be cut, then a later page is whole', async () => {
    const short: Row[] = Array.from({ length: 1000 }, () => ['1', 'abc']);
    const { text } = await printed('table', resultOf(columns, short, [['2', 'a longer name']]));
    expect(linesOf(text).at(-3)).toBe('│  2 │ a longer name │');
  });

  it('when the rows are no more than a page, then there is one lower border', async () => {
    const { text } = await printed(
      'table',
      resultOf(
        columns,
        Array.from({ length: 1000 }, () => ['1', 'abc']),
      ),
    );
    expect(linesOf(text).filter(line => line.startsWith('└'))).toHaveLength(1);
    expect(linesOf(text).at(-1)).toBe('(1000 rows)');
  });
});

describe('given the line form', () => {
  it('aligns names by width, with an empty line between rows', async () => {
    const named = [column('日本', 'text'), column('a', 'number')];
    const { text } = await printed('line', resultOf(named, [['x', '1']], [['y', null]]));
    expect(text).toBe('日本 = x\na    = 1\n\n日本 = y\na    = NULL\n');
  });

  it('when a name holds an escape sequence, then it is shown', async () => {
    const { text } = await printed('line', resultOf([column('\x1b]0;x\x07', 'text')], [['y']]), { color: true });
    expect(text).toBe('\\x1b]0;x\\x07 = y\n');
  });
});
