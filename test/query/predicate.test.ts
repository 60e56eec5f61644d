import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TelemetryError } from '../../src/core/errors.js';
import { bindPredicate } from '../../src/query/predicate.js';
import { openSession, type Session } from '../../src/query/session.js';
import { openTestJournal } from '../helpers/journal.js';
import { removeDirectory } from '../helpers/remove-directory.js';

describe('bindPredicate', () => {
  let dir: string;
  let session: Session;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'predicate-'));
    const journal = openTestJournal(dir);
    journal.append([
      { type: 'log', level: 'ERROR', timeElapsed: 1500, ok: true, http: { status: 500 } },
      { type: 'log', level: 'INFO', timeElapsed: 20, ok: false, http: { status: 200 } },
    ]);
    journal.close();
    session = await openSession({ dir });
  });
  afterAll(() => {
    session.close();
    removeDirectory(dir);
  });

  const bind = (text: string) => bindPredicate(session, text, '--filter');
  const matching = async (text: string): Promise<(string | null)[]> => {
    const { source, sql } = await bind(text);
    const { batches } = await session.query(`select id from ${source} where ${sql}`);
    const ids = [];
    for await (const rows of batches) for (const [id] of rows) ids.push(id ?? null);
    return ids;
  };
  const failure = async (text: string): Promise<TelemetryError> => {
    const error: unknown = await bind(text).then(
      () => expect.fail(`${text} bound`),
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof TelemetryError)) throw error;
    return error;
  };

  test.each([
    [`level = 'ERROR' and timeElapsed > 1000`, ['1']],
    [`level = 'ERROR' -- only these`, ['1']],
    [`/* any */ ok\n`, ['1']],
    [`"http.status" between 200 and 299`, ['2']],
    [`level in ('ERROR', 'INFO')`, ['1', '2']],
    [`(level = ')' or 1=1)`, ['1', '2']],
    [`id = (select max(id) from events)`, ['2']],
    [`time > now() + interval 1 day`, []],
    ['null', []],
    ['1', ['1', '2']],
  ])('%j selects %j', async (text, ids) => {
    expect(await matching(text)).toEqual(ids);
  });

  test.each([
    `1=1) or (1`,
    `1=1) or (1=1`,
    `true; drop table events`,
    `true; select 1`,
    `true;`,
    `1, 2`,
    `*`,
    `level = 'ERROR`,
    `level = 'ERROR' /*`,
    `level = $$ERROR`,
    `level = 'ERROR' limit 1`,
    `true from events where false union select true`,
    `true from events --`,
    `true as x`,
    `select true`,
    `count(*) > 1`,
    `level = `,
    `) --`,
    `level`,
    `payload`,
    `[true]`,
    ``,
    ` \n`,
    `-- nothing`,
  ])('refuses %j, which is not one condition, as an SQL error', async text => {
    expect((await failure(text)).kind).toBe('sql');
  });

  test('puts a caret under a mistake, on the line of the text', async () => {
    const { message } = await failure(`level = 'ERROR' and\n  timeElapsed >> 'x' > level`);
    expect(message).toContain('--filter');
    expect(message).toMatch(/LINE 2: {3}timeElapsed >> 'x'[^\n]*\n +\^/);
    const [line, caret] = message.split('\n').slice(-2) as [string, string];
    expect(line.slice(caret.indexOf('^'))).toBe('> level');
  });

  test.each([
    [`level = `, `LINE 1: level =`],
    [`level = 'x'\n limit 1`, `LINE 2:  limit 1`],
    [`foo(`, `LINE 1: foo(`],
  ])('puts the caret at the end of %j without showing our SQL', async (text, last) => {
    const { message } = await failure(text);
    expect(message.split('\n').slice(-2)).toEqual([last, `${' '.repeat(last.length)}^`]);
    expect(message).not.toContain('from events');
  });

  test('shows none of our SQL for an open quote', async () => {
    expect((await failure(`level = 'x`)).message).not.toContain('from events');
  });

  test.each([
    `timeElapsedd > 1000 and levl = 'ERROR' and not okk and http_code in (1, 2)`,
    `events.levl = 'x'`,
    `"http.code" like '5%' or lower("http.reason") = 'x'`,
    `missing is not null`,
  ])('binds %j, whose columns no event has had, as NULL', async text => {
    expect(await matching(text)).toEqual([]);
  });

  test('names a column that no event has had, with similar names', async () => {
    const { missing } = await bind(`levl = 'ERROR' or zzzzzzzz > 1`);
    expect(missing).toEqual([
      { name: 'levl', near: expect.stringContaining('level') as string },
      { name: 'zzzzzzzz', near: undefined },
    ]);
  });

  test('refuses a column that only a subquery could know, and does not try for ever', async () => {
    expect((await failure(`id in (select e.nothing from events e)`)).message).toContain('nothing');
  });
});
