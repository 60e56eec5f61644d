import { describe, expect, test } from 'vitest';
import { TelemetryError } from '../../../src/core/errors.js';
import { splitStatements } from '../../../src/query/sql/split-sql.js';
import { ask, createFixture } from '../fixture.js';

async function errorOf(sql: string): Promise<TelemetryError> {
  const session = await createFixture({ level: 'INFO', timeElapsed: 1, trace: { spanId: 'a' } }).open();
  const outcome: unknown = await ask(session, sql).catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(TelemetryError);
  return outcome as TelemetryError;
}

/** What the caret of an error's message stands under. */
function underCaret(message: string): string {
  const lines = message.split('\n');
  const caret = lines.findIndex(line => /^\s*\^/.test(line));
  return /^[\w.]+/.exec(lines[caret - 1]!.slice(lines[caret]!.indexOf('^')))![0];
}

describe('a SQL error', () => {
  test.each([
    ['select levl from events', 'LINE 1', 'levl'],
    ['select id\nfrom events\nwhere levl = 1', 'LINE 3', 'levl'],
    ['select 1 from evnts', 'LINE 1', 'evnts'],
    ['select\n  lenth(type) from events', 'LINE 2', 'lenth'],
    ['selct 1', 'LINE 1', 'selct'],
    ['explain select levl from events', 'LINE 1', 'levl'],
    ['-- a; comment\nselect levl from events;', 'LINE 2', 'levl'],
    [`select 'ä😀', levl from events`, 'LINE 1', 'levl'],
  ])('points at the line and column of the mistake in %j', async (sql, line, word) => {
    const { kind, message } = await errorOf(sql);
    expect(kind).toBe('sql');
    expect(message).toContain(line);
    if (!sql.includes('ä')) expect(underCaret(message)).toBe(word);
  });

  test.each([
    ['levl', 'level'],
    ['timeelapsd', 'timeElapsed'],
    ['spanId', 'trace.spanId'],
    ['recieved_at', 'received_at'],
  ])('names, for the unknown column %s, %s as similar', async (wrong, near) => {
    const { remedy } = await errorOf(`select ${wrong} from events`);
    expect(remedy).toMatch(/^near attributes: /);
    expect(remedy).toContain(near);
  });

  test('lists the columns for one that is similar to none', async () => {
    const { message, remedy } = await errorOf('select zzzzzzzz from events');
    expect(message).toContain('Candidate bindings');
    expect(remedy).toBeUndefined();
  });

  test.each(['', ' ; ', '-- nothing'])('finds nothing to run in %j', async sql => {
    expect((await errorOf(sql)).message).toContain('no SQL statement');
  });

  test('reports a value that cannot be cast while rows are read as an SQL error', async () => {
    expect((await errorOf('select level::INTEGER from events')).message).toContain('Conversion Error');
  });

  test('explains a PIVOT without values', async () => {
    expect((await errorOf('pivot events on type using count(*)')).remedy).toContain('IN (');
    const session = await createFixture({ type: 'log' }).open();
    expect(await ask(session, `pivot (select type from events) on type in ('log') using count(*)`)).toEqual([['1']]);
  });
});

describe('splitting statements', () => {
  test.each([
    ['select 1', ['select 1']],
    ['select 1; select 2;', ['select 1', '          select 2']],
    [
      `select ';', ";", $$;$$, $a$;$$;$a$ -- ;\n/* ; */; from x`,
      [`select ';', ";", $$;$$, $a$;$$;$a$ -- ;\n/* ; */`, undefined],
    ],
    [`select e'\\';', 'a'';'`, [`select e'\\';', 'a'';'`]],
    ['select $1; select $2', ['select $1', undefined]],
    [';;', []],
    ['-- only; a comment', []],
  ])('splits %j and keeps the offsets', (sql, expected) => {
    const statements = splitStatements(sql);
    expect(statements).toHaveLength(expected.length);
    statements.forEach((statement, i) => {
      if (expected[i] !== undefined) expect(statement).toBe(expected[i]);
      expect(sql.slice(0, statement.length).endsWith(statement.trim())).toBe(true);
    });
  });
});
