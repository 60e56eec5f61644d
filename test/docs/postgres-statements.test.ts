import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openTestJournal } from '../helpers/journal.js';
import { startPostgres, type TestPostgres } from '../helpers/postgres.js';
import { addRemote, forwardTo, openReader } from '../helpers/remotes.js';
import { temporaryStore } from '../helpers/store.js';

const page = readFileSync(new URL('../../docs/forwarding/postgres.md', import.meta.url), 'utf8');

/** The SQL of the page, in order. */
const blocks = [...page.matchAll(/```sql\n(.*?)```/gs)].map(([, sql]) => sql!);

/** The block with a text. @throws Error when the page has none, or more. */
function blockWith(text: string): string {
  const [found, ...more] = blocks.filter(sql => sql.includes(text));
  if (found === undefined || more.length > 0) throw new Error(`not one statement of the page has ${text}`);
  return found;
}

let server: TestPostgres;
let missing: string | undefined;

beforeAll(async () => {
  const started = await startPostgres();
  if ('missing' in started) missing = started.missing;
  else server = started;
});
afterAll(async () => {
  if (missing === undefined) await server.stop();
});
beforeEach(async context => {
  if (missing !== undefined) context.skip(missing);
  await server.ask('drop schema public cascade; create schema public');
});

function storeWithRemote(reader?: string): string {
  const dir = temporaryStore();
  const journal = openTestJournal(dir);
  journal.appendText(['{"user":"ann","n":1}', '{"user":"bob","n":2}']);
  journal.close();
  addRemote(dir, 'team', server.url, { options: reader === undefined ? {} : { reader } });
  return dir;
}

test('runs the statements of a forwarded table, and the role reads it', async () => {
  const dir = storeWithRemote('telemetry_reader');
  await forwardTo(dir, 'team');
  const ofTable = blocks.filter(sql => !sql.includes('create table'));
  expect(ofTable.length).toBeGreaterThanOrEqual(2);
  for (const sql of ofTable) await server.ask(sql);

  expect(await server.ask(`select payload_text from events where payload @> '{"user": "ann"}'`)).toEqual([
    { payload_text: '{"user":"ann","n":1}' },
  ]);
  const reader = await openReader(dir, 'team');
  const rows: unknown[] = [];
  for await (const batch of (await reader.query('select count(*) from events')).batches) rows.push(...batch);
  expect(rows).toEqual([['2']]);
  await expect(reader.query('delete from events')).rejects.toThrow(/not a statement that reads/);
  await reader.close();
  await server.ask('drop owned by telemetry_reader; drop role telemetry_reader');
});

test('forwards to a table made by the statement for Citus and Timescale', async () => {
  const dir = storeWithRemote();
  await server.ask(blockWith('create table events'));
  await forwardTo(dir, 'team');

  expect(await server.ask('select event_id::int as id, payload_text from events order by 1')).toEqual([
    { id: 1, payload_text: '{"user":"ann","n":1}' },
    { id: 2, payload_text: '{"user":"bob","n":2}' },
  ]);
});
