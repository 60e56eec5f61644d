import { describe, expect, it } from 'vitest';
import type { ColumnKind } from '../../src/core/result.js';
import { FORMATS, type Format } from '../../src/render/formats.js';
import { column, printed, resultOf } from './result.js';

/** Each kind of cell with what it must look like in each format; a form for people is looked for in its lines. */
interface Case {
  readonly of: string;
  readonly kind: ColumnKind;
  readonly cell: string | null;
  readonly json: string;
  readonly csv: string;
  readonly tsv?: string;
  /** What is on the screen; a line break is one. */
  readonly people: string;
  readonly markdown?: string;
}

const HUGE = '170141183460469231731687303715884105727';

const cases: readonly Case[] = [
  { of: 'NULL', kind: 'text', cell: null, json: 'null', csv: '', tsv: '\\N', people: 'NULL' },
  { of: 'VARCHAR', kind: 'text', cell: 'hi mom', json: '"hi mom"', csv: 'hi mom', people: 'hi mom' },
  { of: 'an empty VARCHAR', kind: 'text', cell: '', json: '""', csv: '""', tsv: '', people: '' },
  { of: 'the text NULL', kind: 'text', cell: 'NULL', json: '"NULL"', csv: 'NULL', people: 'NULL' },
  {
    of: 'the text \\N',
    kind: 'text',
    cell: '\\N',
    json: '"\\\\N"',
    csv: '\\N',
    tsv: '\\\\N',
    people: '\\N',
    markdown: '\\\\N',
  },
  {
    of: 'separators',
    kind: 'text',
    cell: 'a,"b"|c',
    json: '"a,\\"b\\"|c"',
    csv: '"a,""b""|c"',
    people: 'a,"b"|c',
    markdown: 'a,"b"\\|c',
  },
  {
    of: 'lines and tabs',
    kind: 'text',
    cell: 'a\r\nb\tc',
    json: '"a\\r\\nb\\tc"',
    csv: '"a\r\nb\tc"',
    tsv: 'a\\r\\nb\\tc',
    people: 'a\nb\\tc',
    markdown: 'a<br>b\\tc',
  },
  { of: 'an escape sequence', kind: 'text', cell: '\x1b[2J', json: '"\\u001b[2J"', csv: '\x1b[2J', people: '\\x1b[2J' },
  { of: 'a lone surrogate', kind: 'text', cell: '\ud800', json: '"\\ud800"', csv: '\ud800', people: '\\ud800' },
  { of: 'wide text', kind: 'text', cell: '日本 🫠', json: '"日本 🫠"', csv: '日本 🫠', people: '日本 🫠' },
  {
    of: 'BIGINT',
    kind: 'number',
    cell: '9223372036854775807',
    json: '9223372036854775807',
    csv: '9223372036854775807',
    people: '9223372036854775807',
  },
  { of: 'HUGEINT', kind: 'number', cell: `-${HUGE}`, json: `-${HUGE}`, csv: `-${HUGE}`, people: `-${HUGE}` },
  { of: 'DECIMAL', kind: 'number', cell: '1.500', json: '1.500', csv: '1.500', people: '1.500' },
  { of: 'DOUBLE', kind: 'number', cell: '1e-7', json: '1e-7', csv: '1e-7', people: '1e-7' },
  { of: 'NaN', kind: 'number', cell: 'NaN', json: '"NaN"', csv: 'NaN', people: 'NaN' },
  { of: 'Infinity', kind: 'number', cell: '-Infinity', json: '"-Infinity"', csv: '-Infinity', people: '-Infinity' },
  { of: 'BOOLEAN', kind: 'boolean', cell: 'true', json: 'true', csv: 'true', people: 'true' },
  {
    of: 'TIMESTAMPTZ',
    kind: 'time',
    cell: '2024-07-03T05:16:55.563839Z',
    json: '"2024-07-03T05:16:55.563839Z"',
    csv: '2024-07-03T05:16:55.563839Z',
    people: '2024-07-03T05:16:55.563839Z',
  },
  {
    of: 'INTERVAL',
    kind: 'text',
    cell: '1 day 02:00:00',
    json: '"1 day 02:00:00"',
    csv: '1 day 02:00:00',
    people: '1 day 02:00:00',
  },
  {
    of: 'UUID',
    kind: 'text',
    cell: '0190e1f0-0000-7000-8000-000000000000',
    json: '"0190e1f0-0000-7000-8000-000000000000"',
    csv: '0190e1f0-0000-7000-8000-000000000000',
    people: '0190e1f0-0000-7000-8000-000000000000',
  },
  {
    of: 'BLOB',
    kind: 'text',
    cell: '\\x00\\xFF',
    json: '"\\\\x00\\\\xFF"',
    csv: '\\x00\\xFF',
    tsv: '\\\\x00\\\\xFF',
    people: '\\x00\\xFF',
    markdown: '\\\\x00\\\\xFF',
  },
  {
    of: 'LIST',
    kind: 'json',
    cell: '[1,null,9007199254740993]',
    json: '[1,null,9007199254740993]',
    csv: '"[1,null,9007199254740993]"',
    people: '[1,null,9007199254740993]',
  },
  {
    of: 'STRUCT and MAP',
    kind: 'json',
    cell: '{"a":{"b":"<|"}}',
    json: '{"a":{"b":"<|"}}',
    csv: '"{""a"":{""b"":""<|""}}"',
    people: '{"a":{"b":"<|"}}',
    markdown: '{"a":{"b":"\\<\\|"}}',
  },
  {
    of: 'JSON sent over lines',
    kind: 'json',
    cell: '{\r\n  "a": "\\n"\n}',
    json: '{    "a": "\\n" }',
    csv: '"{\r\n  ""a"": ""\\n""\n}"',
    tsv: '{\\r\\n  "a": "\\\\n"\\n}',
    people: '{\n  "a": "\\n"\n}',
    markdown: '{<br>  "a": "\\\\n"<br>}',
  },
];

const expected: Readonly<Record<Format, (example: Case) => string>> = {
  ndjson: ({ json }) => `{"c":${json}}\n`,
  json: ({ json }) => `[\n{"c":${json}}\n]\n`,
  'json-columns': ({ kind, json }) =>
    `{"columns":[{"name":"c","type":"${column('c', kind).type}"}],"rows":[\n{"c":${json}}\n]}\n`,
  csv: ({ csv }) => `c\n${csv}\n`,
  tsv: ({ cell, tsv }) => `c\n${tsv ?? cell ?? ''}\n`,
  markdown: ({ kind, people, markdown }) =>
    `| c |\n| ${kind === 'number' ? '---:' : '---'} |\n| ${markdown ?? people} |\n`,
  line: ({ people }) => `c = ${people.replaceAll('\n', '\n    ')}\n`,
  table: ({ people }) => people,
};

describe.each(FORMATS)('given the format %s', format => {
  it.each(cases)('when a cell is $of, then it is printed without loss', async example => {
    const { text, rows } = await printed(format, resultOf([column('c', example.kind)], [[example.cell]]));
    expect(rows).toBe(1);
    if (format === 'table') expect(cellIn(text)).toBe(expected.table(example));
    else expect(text).toBe(expected[format](example));
  });
});

/** The lines of the one cell of a table, as they stand between its borders. */
function cellIn(table: string): string {
  const lines = table.split('\n').slice(3, -3);
  for (const line of lines) expect(line).toMatch(/^│ .* │$/u);
  return lines
    .map(line => line.slice(2, -2).trimEnd())
    .join('\n')
    .trimStart();
}
