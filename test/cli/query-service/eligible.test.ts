import { describe, expect, test } from 'vitest';
import { isQuestion } from '../../../src/cli/query-service/eligible.js';

describe('a command line that a query process may answer', () => {
  test.each([
    ['query', 'select 1'],
    ['sql', 'select 1'],
    ['--store', 'x', 'query', 'select 1', '--format', 'csv'],
    ['query', '-n', '3', '--since', '1h', 'from events'],
    ['stats', '--by', 'type'],
    ['schema'],
    ['schema', 'spans'],
    ['tail', '--no-follow'],
    ['logs'],
    ['trace'],
    ['trace', '4bf9', '--span', '00f0', '--format', 'json'],
    ['diff', '--where', 'true'],
    ['facets'],
    ['patterns'],
  ])('%j', (...args) => expect(isQuestion(args)).toBe(true));
});

describe('a command line that needs its own process', () => {
  test.each([
    ['query', '--no-server', 'select 1'],
    ['query', '--with', 'a=b.csv', 'from a'],
    ['query', '--out', 'x.csv', 'select 1'],
    ['query', '-ox.csv', 'select 1'],
    ['query', '-f', 'x.sql'],
    ['query', '--file=x.sql'],
    ['schema', 'register', 'a', 'b.json'],
    ['tail'],
    ['logs', '-f'],
    ['tail', '--no-follow', '--follow'],
    ['query', '--chart', 'select 1'],
    ['query', '--watch=2s', 'select 1'],
    ['chart', 'select 1'],
    ['top'],
    ['trace', '4bf9', '--out', 'x.html'],
    ['trace', '4bf9', '-ox.html'],
    ['report'],
    ['serve'],
    ['prune', '--keep', 'metric'],
    ['--help'],
    [],
  ])('%j', (...args) => expect(isQuestion(args)).toBe(false));
});
