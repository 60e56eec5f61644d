import { expect, test } from 'vitest';
import { chalkFor } from '../../src/render/chalk.js';
import { highlight, highlightPattern } from '../../src/render/highlight.js';
import { prettyLong } from '../../src/render/pretty-long.js';

const event = {
  time: '2026-11-22 10:00:00.000',
  type: 'log',
  level: 'ERROR',
  name: null,
  message: 'it failed\nfor a reason',
  service: 'shop',
  fields: [
    ['user.id', '7'],
    ['stack', 'Error: a\n  at b\u001b[31m'],
  ],
} as const;

test('prettyLong prints a line a field, and whole values', () => {
  expect(prettyLong(event, { color: false, columns: 20 })).toBe(
    `2026-11-22 10:00:00.000 log    ERROR it failed service=shop
    for a reason
    user.id  7
    stack    Error: a
               at b\\x1b[31m`,
  );
});

test('highlight marks matches and leaves styles alone', () => {
  const chalk = chalkFor(true);
  const line = `${chalk.red('error 31')} m31`;
  expect(highlight(line, /31/gu, chalk)).toBe(`${chalk.red(`error ${chalk.inverse('31')}`)} m${chalk.inverse('31')}`);
  expect(highlight('abc', /x*/gu, chalk)).toBe('abc');
});

test('highlightPattern reads what JavaScript can', () => {
  expect(highlightPattern('a.c', true)).toEqual(/a.c/giu);
  expect(highlightPattern('(?i)a', false)).toBeUndefined();
});
