import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scanSql } from '../../src/query/sql/scan-sql.js';
import { splitStatements, tokensOf } from '../../src/query/sql/split-sql.js';
import { ShellInput } from '../../src/shell/input.js';

/** The statements and commands of lines, as text. */
function typed(...lines: readonly string[]): string[] {
  const input = new ShellInput();
  return lines
    .flatMap(line => input.add(line))
    .map(one => (one.kind === 'statement' ? one.sql : `\\${one.command.name} ${one.command.args.join(' ')}`.trim()));
}

describe('the lines of a shell', () => {
  test.each([
    [['select 1;'], ['select 1']],
    [
      ['select 1', '+ 1; select 2;'],
      ['select 1\n+ 1', 'select 2'],
    ],
    [['select 1 -- a; b', ';'], ['select 1 -- a; b']],
    [['select $q$;', '$q$;'], ['select $q$;\n$q$']],
    [['/* a /* b */', 'c; */ select 1;'], ['/* a /* b */\nc; */ select 1']],
    [[';;', ' ; select 1 ; '], ['select 1']],
    [['select 1 \\g'], ['\\g']],
    [['select 1; \\x on \\timing'], ['select 1', '\\x on', '\\timing']],
    [["select '\\d';"], ["select '\\d'"]],
    [
      ['.tables ev*', '  .mode csv'],
      ['\\dt ev*', '\\pset format csv'],
    ],
    [['select', '.5;'], ['select\n.5']],
    [
      ['quit', 'EXIT;', 'help'],
      ['\\q', '\\q', '\\?'],
    ],
    [['select', 'quit;'], ['select\nquit']],
    [['-- only a comment', 'select 1;'], ['select 1']],
  ])('of %j are %j', (lines, expected) => {
    expect(typed(...lines)).toEqual(expected);
  });

  test.each([
    ['', 'empty'],
    ['select 1;', 'empty'],
    ['-- a comment', 'empty'],
    ['select 1', 'more'],
    ['select (1', 'parenthesis'],
    ["select 'a", 'string'],
    ['select "a', 'name'],
    ['select $$a', 'dollar'],
    ['select 1 /* a', 'comment'],
    ["select ('a", 'string'],
  ])('show by the prompt that after %s something is open: %s', (line, state) => {
    const input = new ShellInput();
    input.add(line);
    expect(input.state).toBe(state);
  });

  test('keep an unfinished statement while a command runs', () => {
    const input = new ShellInput();
    input.add('select 1');
    expect(input.add('\\x')).toHaveLength(1);
    expect(input.add('+ 2;')).toMatchObject([{ kind: 'statement', sql: 'select 1\n+ 2', line: 1 }]);
  });

  test('tell the line at which each statement begins', () => {
    const input = new ShellInput();
    const found = ['-- first', 'select 1;', '', 'select', '2; select', '3;'].flatMap(line => input.add(line));
    expect(found.map(({ line }) => line)).toEqual([2, 4, 5]);
  });

  test('have the statements of the whole text, wherever its lines are broken', () => {
    const piece = fc.constantFrom(
      ...[
        'select',
        ' 1',
        ';',
        ' ',
        "'a;\n b'",
        '$$;\n$$',
        '$t$\n;$$ $t$',
        '"x;y"',
        '/* ;\n /* */ ; */',
        '-- ;\n',
        '\n',
        "e'\\';'",
      ],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), pieces => {
        const text = `${pieces.join('')}\n;`;
        fc.pre(scanSql(text).open === undefined);
        // A backslash outside a string is a command: `selecte'\\';` ends at the first semicolon.
        fc.pre(tokensOf(text).every(token => token.text !== '\\'));
        expect(typed(...text.split('\n')).map(tokensText)).toEqual(splitStatements(text).map(tokensText));
      }),
    );
  });
});

/** A comment before a statement belongs to it or not, by the lines. */
function tokensText(sql: string): string {
  return tokensOf(sql)
    .map(({ text }) => text)
    .join(' ');
}
