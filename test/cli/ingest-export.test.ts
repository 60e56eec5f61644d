import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { commandInProcess } from '../helpers/command-in-process.js';
import { post } from '../helpers/http.js';
import { serveInProcess } from '../helpers/server-in-process.js';
import { makeDirectory, payloads } from '../helpers/store.js';
import { telemetry, temporaryDirectory } from './command.js';
import { removeDirectory } from '../helpers/remove-directory.js';

const home = makeDirectory();
afterAll(() => removeDirectory(home));
const stores = new Map<string, Promise<string>>();

/** A store that holds these events as they are here; tests only read it. */
function storeOf(events: readonly string[]): Promise<string> {
  const text = events.join('\n');
  const found = stores.get(text) ?? send(join(home, String(stores.size)), text);
  stores.set(text, found);
  return found;
}

/** Through the server's own way in: an import would add the file. */
async function send(store: string, text: string): Promise<string> {
  const server = await serveInProcess({ store });
  await post(server.url, text);
  await server.end();
  return store;
}

/** What a query of a store with these events writes is imported into another. */
async function workplace(events: readonly string[], runCommand = commandInProcess) {
  const cwd = temporaryDirectory();
  onTestFinished(() => removeDirectory(cwd));
  const from = await storeOf(events);
  const to = join(cwd, 'to');
  return {
    roundTrip: async (sql: string, file: string) => {
      const out = await runCommand(['query', '--store', from, '--out', file, sql], { cwd });
      expect(out.code, out.err).toBe(0);
      const done = await runCommand(['ingest', '--store', to, file], { cwd });
      expect(done.code, done.err).toBe(0);
      return { err: done.err, payloads: payloads(to) };
    },
    ask: async (sql: string) => {
      const { out } = await commandInProcess(['query', '--store', to, '--format', 'ndjson', sql], { cwd });
      return out
        .trim()
        .split('\n')
        .map(line => JSON.parse(line) as Record<string, unknown>);
    },
  };
}

const EVENTS = [
  '{"a": 1.0,"b":"x,\\"y\\"\\n","n":null,"time":"2024-05-01T10:00:00Z"}',
  '{"level":"ERROR","msg":"boom","x":1e400,"list":[1, 2,{"z":  null}],"o":{"k":"v"}}',
  '{"id":9007199254740993,"payload":{"inner":1},"type":"own"}',
  '"text"',
  '7',
  '[1, 2]',
  '{"t":"1","u":"true","v":"","w":" sp "}',
];

describe('what a query wrote', () => {
  test.each(['csv', 'tsv', 'ndjson', 'json', 'parquet'])(
    'given all columns as %s, when it is imported, then each event is as it was sent',
    async ending => {
      const events = [...EVENTS, 'null'];
      const { roundTrip } = await workplace(events, telemetry);
      const { err, payloads: found } = await roundTrip('select * from events order by id', `out.${ending}`);
      expect(found).toEqual(events);
      expect(err).toContain('their payloads are the events, as they were sent');
    },
  );

  test.each([
    ['select payload from events order by id', 'csv'],
    ['select payload from events order by id', 'parquet'],
    ['select payload from events order by id', 'tsv'],
    ['select trace_id, payload from events order by id', 'tsv'],
    ['select time, type, payload from events order by id', 'ndjson'],
    ['select id, name, payload from events order by id', 'csv'],
  ])('given %s as %s, then the same', async (sql, ending) => {
    const { roundTrip } = await workplace(EVENTS);
    expect((await roundTrip(sql, `out.${ending}`)).payloads).toEqual(EVENTS);
  });

  test.each(['csv', 'tsv', 'ndjson', 'parquet'])(
    'imports columns without payload from %s as keys, and tells what is lost',
    async ending => {
      const { roundTrip, ask } = await workplace(EVENTS.slice(0, 2));
      const { err, payloads: found } = await roundTrip(
        'select * exclude (payload) from events order by id',
        `out.${ending}`,
      );
      expect(err).toMatch(/without payload: id, stream_id, .* cannot come back/);
      for (const payload of found) {
        const event = JSON.parse(payload) as Record<string, unknown>;
        expect(Object.keys(event)).not.toContain('stream_id');
        expect(Object.values(event)).not.toContain(null);
      }
      expect(await ask('select time, type, a, b, level, msg, "o.k" as k from events order by id')).toMatchObject([
        { time: '2024-05-01T10:00:00Z', type: 'event', a: 1, b: 'x,"y"\n', level: null },
        { type: 'log', level: 'ERROR', msg: 'boom', k: 'v' },
      ]);
    },
  );

  test('given the time of receipt and no other, then it is the time of the event', async () => {
    const { roundTrip, ask } = await workplace(['{"a":1}']);
    const { payloads: found } = await roundTrip('select id, received_at, a from events', 'out.csv');
    const { time } = JSON.parse(found[0]!) as { time: string };
    expect((await ask('select time from events'))[0]).toEqual({ time });
  });
});

describe('rows of others with such names', () => {
  test.each([
    ['a.ndjson', '{"type":"PushEvent","actor":"ada","payload":{"ref":"main"}}'],
    ['a.ndjson', '{"type":"order.created","payload":{"order":1}}'],
    ['a.ndjson', '{"severity":"ERROR","message":"no","service":"web","payload":{"a":1}}'],
    ['a.ndjson', '{"id":"evt_1","received_at":"2026-11-20T08:00:06Z","payload":{"type":"x"}}'],
    ['a.ndjson', '{"id":7,"name":"x","n":null}'],
  ])('given %s with %s, then they are taken whole', async (name, line) => {
    const cwd = temporaryDirectory();
    onTestFinished(() => removeDirectory(cwd));
    writeFileSync(join(cwd, name), `${line}\n`);
    const { err } = await commandInProcess(['ingest', '--store', join(cwd, 'store'), name], { cwd });
    expect(payloads(join(cwd, 'store'))).toEqual([`${line.slice(0, -1)},"file":${JSON.stringify(join(cwd, name))}}`]);
    expect(err).toBe('');
  });

  test('given a table with an id, then the id stays', async () => {
    const cwd = temporaryDirectory();
    onTestFinished(() => removeDirectory(cwd));
    writeFileSync(join(cwd, 'a.csv'), 'id,payload,price\n7,"{""a"":1}",2\n');
    await commandInProcess(['ingest', '--store', join(cwd, 'store'), 'a.csv'], { cwd });
    expect(payloads(join(cwd, 'store'))[0]).toMatch(/^\{"id":7,"payload":"\{\\"a\\":1\}","price":2,/);
  });
});
