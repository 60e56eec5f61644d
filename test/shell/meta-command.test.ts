import { describe, expect, test } from 'vitest';
import { parseDot, parseMeta } from '../../src/shell/meta-command.js';

describe('a command of the shell', () => {
  test.each([
    ['d', [{ name: 'd', args: [] }]],
    ['d events', [{ name: 'd', args: ['events'] }]],
    ['d+ "a b"', [{ name: 'd+', args: ['a b'] }]],
    [`echo 'it''s' "x y"z`, [{ name: 'echo', args: ["it's", 'x yz'] }]],
    ['?', [{ name: '?', args: [] }]],
    ['! ls \\tmp', [{ name: '!', rest: 'ls \\tmp' }]],
    ['!ls', [{ name: '!', rest: 'ls' }]],
    ['o | grep "a b"', [{ name: 'o', rest: '| grep "a b"' }]],
    [
      'x\\timing on',
      [
        { name: 'x', args: [] },
        { name: 'timing', args: ['on'] },
      ],
    ],
    ['quit', [{ name: 'q' }]],
    ['conninfo', [{ name: 'l' }]],
    ['foo bar', [{ name: 'foo', args: ['bar'] }]],
    ['', [{ name: '' }]],
  ])('is read from \\%s', (text, expected) => {
    expect(parseMeta(text)).toMatchObject(expected);
    expect(parseMeta(text)).toHaveLength(expected.length);
  });

  test.each([
    ['.tables', { name: 'dt', args: [] }],
    ['  .mode  csv', { name: 'pset', args: ['format', 'csv'] }],
    ['.nullvalue -', { name: 'pset', args: ['null', '-'] }],
    ['.timer on', { name: 'timing', args: ['on'] }],
    ['.bail on', { name: 'set', args: ['ON_ERROR_STOP', 'on'] }],
    ['.schema events', { name: 'd', args: ['events'] }],
    ['.output out.csv', { name: 'o', rest: 'out.csv' }],
    ['.q', { name: 'q' }],
    ['.open x.db', { name: '.open' }],
  ])('is read from %s, as duckdb spells it', (line, expected) => {
    expect(parseDot(line)).toMatchObject(expected);
  });
});
