import { describe, expect, test } from 'vitest';
import { postgres } from '../../../../../src/consumers/remotes/kinds/postgres/kind.js';
import { RefusedBatch } from '../../../../../src/consumers/remotes/kind.js';
import { openForWriting } from '../../../../../src/store/database/store.js';
import { openTestJournal } from '../../../../helpers/journal.js';
import { emptyPostgres } from '../../../../helpers/postgres.js';
import { addRemote, batchOf, connectRemote, forwardTo, remoteOf } from '../../../../helpers/remotes.js';
import { readStore, temporaryStore } from '../../../../helpers/store.js';

const server = emptyPostgres();

/** A store with events, received at a time in milliseconds. */
function storeOf(events: readonly string[], at = Date.UTC(2026, 10, 28, 12)): string {
  const dir = temporaryStore();
  append(dir, events, at);
  return dir;
}

function append(dir: string, events: readonly string[], at: number): void {
  const journal = openTestJournal(dir);
  journal.appendText(events, at);
  journal.close();
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, n) => `{"type":"log","n":${n}}`);

/** The numbers of the events that arrived, in order. */
async function arrived(table = 'events'): Promise<number[]> {
  const rows = await server.ask<{ n: number }>(`select (payload->>'n')::int as n from ${table} order by 1`);
  return rows.map(({ n }) => n);
}

const range = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

describe('forwarding to PostgreSQL', () => {
  test('creates the tables, and forwards events with their origin', async () => {
    const dir = storeOf(['{"type":"log","service":"api","message":"hi","time":"2026-11-28T11:59:59.123456789Z"}']);
    addRemote(dir, 'pg', server.url);
    expect(await forwardTo(dir, 'pg')).toMatchObject({ events: 1, rejected: 0, waiting: 0 });
    const [store] = readStore<{ id: string; epoch: string }>(dir, 'select id, epoch from store');
    expect(await server.ask('select * from events')).toMatchObject([
      {
        store_id: store!.id,
        epoch: store!.epoch,
        event_id: '1',
        time_ns: '1795867199123456789',
        type: 'log',
        service: 'api',
        message: 'hi',
        trace_id: null,
        payload_text: '{"type":"log","service":"api","message":"hi","time":"2026-11-28T11:59:59.123456789Z"}',
        payload: { type: 'log', service: 'api' },
      },
    ]);
    expect(await server.ask('select remote, table_name, last_id from telemetry_cursors')).toEqual([
      { remote: 'pg', table_name: 'events', last_id: '1' },
    ]);
  });

  test('given events of several days, then each day is a partition', async () => {
    const dir = storeOf(numbered(3), Date.UTC(2026, 10, 27, 23, 59));
    append(dir, numbered(2), Date.UTC(2026, 10, 28, 0, 1));
    addRemote(dir, 'pg', server.url);
    await forwardTo(dir, 'pg');
    expect(
      await server.ask('select tableoid::regclass::text as part, count(*)::int from events group by 1 order by 1'),
    ).toEqual([
      { part: 'events_20261127', count: 3 },
      { part: 'events_20261128', count: 2 },
    ]);
  });

  test('given payloads that jsonb cannot hold, then only their text is stored', async () => {
    const odd = [
      '{"type":"a","text":"\\u0000"}',
      '{"type":"b","n":1e999999}',
      `{"type":"c","n":${'9'.repeat(140_000)}}`,
      '{"type":"d\\u0000","message":"x\\u0000y"}',
    ];
    const fine = ['{ "n" : 1.50,\n"twice":1,"twice":2}', '{"type":"e","text":"\\ud83d\\ude00\\t\\u0001","n":1e300}'];
    const dir = storeOf([...odd, ...fine]);
    addRemote(dir, 'pg', server.url);
    expect(await forwardTo(dir, 'pg')).toMatchObject({ events: 6, rejected: 0 });
    const rows = await server.ask<{ payload_text: string; is_null: boolean }>(
      'select payload_text, payload is null as is_null, type, message from events order by event_id',
    );
    expect(rows.map(row => row.payload_text)).toEqual([...odd, ...fine]);
    expect(rows.map(row => row.is_null)).toEqual([true, true, true, true, false, false]);
    expect(rows[3]).toMatchObject({ type: 'd\ufffd', message: 'x\ufffdy' });
  });

  test('given a payload that fails to become jsonb unforeseen, then the others do not', async () => {
    const dir = storeOf([...numbered(2), `{"type":"deep","x":${'['.repeat(900)}${']'.repeat(900)}}`]);
    const url = new URL(server.url);
    url.searchParams.set('options', '-c max_stack_depth=100kB');
    addRemote(dir, 'pg', url.href);
    expect(await forwardTo(dir, 'pg')).toMatchObject({ events: 3, rejected: 0 });
    expect(await server.ask('select type, payload is null as is_null from events order by event_id')).toEqual([
      { type: 'log', is_null: false },
      { type: 'log', is_null: false },
      { type: 'deep', is_null: true },
    ]);
  });

  test('given events that the table refuses, then the others arrive', async () => {
    const dir = storeOf(numbered(20));
    addRemote(dir, 'pg', server.url);
    await forwardTo(dir, 'pg');
    await server.ask(`alter table events add constraint no_seven check (payload->>'n' <> '37')`);
    append(dir, numbered(50).slice(20), Date.UTC(2026, 10, 28, 13));
    expect(await forwardTo(dir, 'pg')).toMatchObject({ rejected: 1, events: 29, waiting: 0 });
    expect(await arrived()).toEqual(range(50).filter(n => n !== 37));
    const rejects = readStore<{ reason: string }>(dir, 'select event_id, reason from remote_rejects');
    expect(rejects).toMatchObject([{ event_id: 38 }]);
    expect(rejects[0]!.reason).toContain('no_seven');
    expect(rejects[0]!.reason).toContain('23514');
  });

  test('given own partitions that lack a day, then it fails and rejects nothing', async () => {
    const dir = storeOf(numbered(2));
    await (await connectRemote(dir, postgres, remoteOf(server.url))).close();
    await server.ask('create table mine (like events including all) partition by list (day)');
    addRemote(dir, 'pg', server.url, { options: { table: 'mine' } });
    await expect(forwardTo(dir, 'pg')).rejects.toThrow(/no partition of relation "mine" found/);
    expect(readStore(dir, 'select * from remote_rejects')).toEqual([]);
    await server.ask(`create table rest partition of mine default`);
    await forwardTo(dir, 'pg');
    expect(await arrived('mine')).toEqual([0, 1]);
  });

  test('given a table of monthly partitions, then none is created', async () => {
    const dir = storeOf(numbered(2));
    await (await connectRemote(dir, postgres, remoteOf(server.url))).close();
    await server.ask(`create table november partition of events for values from ('2026-11-01') to ('2026-12-01')`);
    addRemote(dir, 'pg', server.url);
    await forwardTo(dir, 'pg');
    expect(await server.ask(`select relname from pg_class where relispartition and relkind = 'r'`)).toEqual([
      { relname: 'november' },
    ]);
    expect(await arrived()).toEqual([0, 1]);
  });

  test('given two stores with two remotes each at once, then each event is there once', async () => {
    const days = [10, 11, 12, 13, 14, 15].map(day => Date.UTC(2026, 10, day));
    const dirs = [temporaryStore(), temporaryStore()];
    for (const dir of dirs) {
      for (const at of days) append(dir, numbered(20), at);
      addRemote(dir, 'one', server.url, { batch: 15 });
      addRemote(dir, 'two', server.url, { batch: 40 });
    }
    await Promise.all(dirs.flatMap(dir => [forwardTo(dir, 'one'), forwardTo(dir, 'two')]));
    const [{ events, partitions } = { events: 0, partitions: 0 }] = await server.ask<{
      events: number;
      partitions: number;
    }>('select count(*)::int as events, count(distinct tableoid)::int as partitions from events');
    expect({ events, partitions }).toEqual({ events: 240, partitions: 6 });
  });

  test('given a store that forgot its cursor, then the remote remembers it', async () => {
    const dir = storeOf(numbered(10));
    addRemote(dir, 'pg', server.url, { batch: 4 });
    await forwardTo(dir, 'pg');
    const db = openForWriting(dir);
    db.prepare('update remotes set cursor_id = 0').run();
    db.close();
    append(dir, ['{"type":"log","n":10}'], Date.UTC(2026, 10, 29));
    expect(await forwardTo(dir, 'pg')).toMatchObject({ events: 1 });
    expect(await arrived()).toEqual(range(11));
  });

  test('given a schema and names that need quotes, then the table is there', async () => {
    const dir = storeOf(numbered(3));
    addRemote(dir, 'pg', server.url, { options: { table: 'odd "schema.My Table' } });
    await forwardTo(dir, 'pg');
    expect(await arrived('"odd ""schema"."My Table"')).toEqual([0, 1, 2]);
    await server.ask('drop schema "odd ""schema" cascade');
  });

  test('refuses a table that differs, and names the difference', async () => {
    await server.ask('create table events (event_id int, store_id text, extra text not null)');
    const dir = storeOf(numbered(1));
    const opened = connectRemote(dir, postgres, remoteOf(server.url));
    await expect(opened).rejects.toThrow(/public\.events exists and differs: .*event_id is integer, not bigint/);
    await expect(connectRemote(dir, postgres, remoteOf(server.url))).rejects.toThrow(/extra is not null/);
    await server.ask('drop table events');
    await server.ask('create table telemetry_cursors (x int)');
    await expect(connectRemote(dir, postgres, remoteOf(server.url))).rejects.toThrow(
      /telemetry_cursors exists and differs/,
    );
  });

  test('takes a plain table of these columns, with more of them', async () => {
    const dir = storeOf(numbered(3));
    await (await connectRemote(dir, postgres, remoteOf(server.url))).close();
    await server.ask(
      `create table plain (like events including all, host text generated always as (payload->>'host') stored)`,
    );
    addRemote(dir, 'pg', server.url, { options: { table: 'plain' } });
    await forwardTo(dir, 'pg');
    expect(await arrived('plain')).toEqual([0, 1, 2]);
  });

  test('given the same batch twice, then its events are there once', async () => {
    const dir = storeOf(numbered(5));
    const connection = await connectRemote(dir, postgres, remoteOf(server.url));
    for (let i = 0; i < 2; i++) await connection.send(await batchOf(dir, { toId: 5 }));
    expect(await arrived()).toEqual(range(5));
    expect(await connection.position()).toBe(5);
  });

  test('given an error of the data, then the connection sends the next batch', async () => {
    const dir = storeOf(numbered(5));
    const connection = await connectRemote(dir, postgres, remoteOf(server.url));
    await server.ask(`alter table events add constraint none check (event_id > 3)`);
    await expect(connection.send(await batchOf(dir, { toId: 3 }))).rejects.toBeInstanceOf(RefusedBatch);
    await connection.send(await batchOf(dir, { afterId: 3, toId: 5 }));
    expect(await arrived()).toEqual([3, 4]);
  });

  test('never prints the password of a URL', async () => {
    const dir = storeOf(numbered(1));
    const url = 'postgres://me:s3cr%40t@127.0.0.1:1/db';
    const error = await connectRemote(dir, postgres, remoteOf(url)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: 'failure', message: expect.stringContaining('127.0.0.1:1/db') as string });
    expect(JSON.stringify(error) + String(error)).not.toMatch(/s3cr/);
  });

  test.each([
    ['postgres://me@host', {}, /names no database/],
    ['postgres://me@host/db', { table: 'a.b.c' }, /not the name of a table/],
    ['postgres://me@host/db', { table: 'x'.repeat(60) }, /not the name of a table/],
  ])('refuses %s with %j', (url, options, message) => {
    expect(() => postgres.check(remoteOf(url, { options }))).toThrow(message);
  });
});
