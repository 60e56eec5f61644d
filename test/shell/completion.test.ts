import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { complete, type Names } from '../../src/shell/completion.js';
import { propertyRuns } from '../helpers/property-runs.js';

const names: Names = {
  tables: () => Promise.resolve(['events', 'logs', 'my view']),
  columns: tables =>
    Promise.resolve(
      tables.includes('logs') ? ['severity', 'message'] : ['service', 'http.route', 'http.status', 'select'],
    ),
  functions: () => Promise.resolve(['sum', 'strftime']),
  keywords: () => Promise.resolve(['select', 'where', 'show']),
  saved: () => ['slow', 'errors'],
  values: (tables, column, start) =>
    Promise.resolve(["it's", `${tables[0] ?? 'none'}:${column}`, 'other'].filter(value => value.startsWith(start))),
  files: start => [`${start}.sql`],
};

const completed = (text: string) => {
  const at = text.lastIndexOf('\n') + 1;
  return complete(text.slice(0, at), text.slice(at), names);
};

describe('completion', () => {
  test.each([
    ['select * from ev', ['events'], 'ev'],
    ['select * from logs, ', ['events', 'logs', '"my view"'], ''],
    ['select * from "my', ['"my view"'], '"my'],
    ['select\nser', ['service'], 'ser'],
    ['select htt', ['"http.route"', '"http.status"'], 'htt'],
    ['select http.s', ['"http.status"'], 'http.s'],
    ['select "http.r', ['"http.route"'], '"http.r'],
    ['select s', ['service', 'select', 'show', 'sum(', 'strftime('], 's'],
    ['SELECT S', ['service', 'select', 'SELECT', 'SHOW', 'sum(', 'strftime('], 'S'],
    ['from logs where sev', ['severity'], 'sev'],
    ['select e.ser', ['e.service'], 'e.ser'],
    ['from logs select ', ['severity', 'message'], ''],
    [`from events where service = 'o`, [`'other'`], `'o`],
    [`from events where service = '`, [`'it''s'`, `'events:service'`, `'other'`], `'`],
    [`from events where e."http.route" in ('a', 'ev`, [`'events:http.route'`], `'ev`],
    [`from logs where severity not like 'lo`, [`'logs:severity'`], `'lo`],
    [`select 'o`, [], ''],
    ['select $$ s', [], ''],
    ['select /* s', [], ''],
    ['\\ti', ['\\timing'], '\\ti'],
    ['\\d ev', ['events'], 'ev'],
    ['\\pset fo', ['format'], 'fo'],
    ['\\pset format j', ['json', 'json-columns'], 'j'],
    ['\\i file', ['file.sql'], 'file'],
    ['select 1 \\wa', ['\\watch'], '\\wa'],
    ['.ta', ['.tables'], '.ta'],
    ['@s', ['@slow'], '@s'],
  ])('of %j offers %j', async (text, candidates, replaces) => {
    expect(await completed(text)).toEqual({ candidates, replaces });
  });

  test('replaces an end of the line, whatever was typed', async () => {
    const piece = fc.constantFrom(
      "'",
      '"',
      ' ',
      'from',
      'a',
      '.',
      '\\',
      '$$',
      '(',
      ',',
      '=',
      '\n',
      '/*',
      'd',
      ';',
      '@',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async pieces => {
        const text = pieces.join('');
        const { replaces } = await completed(text);
        expect(text.endsWith(replaces)).toBe(true);
      }),
      { numRuns: propertyRuns(150) },
    );
  });
});
