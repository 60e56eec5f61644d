import { once } from 'node:events';
import { WebSocket } from 'ws';
import { expect, test } from 'vitest';
import type { RemoteConnection } from '../../../../../src/consumers/remotes/kind.js';
import { sourceOf, TELEMETRY_KIND } from '../../../../../src/consumers/remotes/kinds/telemetry/kind.js';
import type { RemoteDefinition } from '../../../../../src/consumers/remotes/remote.js';
import { commandInProcess } from '../../../../helpers/command-in-process.js';
import { closeOf, postJson } from '../../../../helpers/http.js';
import { batchOf, connectRemote, remoteOf } from '../../../../helpers/remotes.js';
import { serveInProcess, type ServerInProcess } from '../../../../helpers/server-in-process.js';
import { payloads, readStore, storedEvents, temporaryStore, until } from '../../../../helpers/store.js';

const idOf = (store: string): string => readStore<{ id: string }>(store, 'select id from store')[0]!.id;
const origins = (store: string): (string | null)[] =>
  readStore<{ origin: string | null }>(store, 'select origin from streams where events > 0 order by id').map(
    row => row.origin,
  );
const urlOf = ({ url }: ServerInProcess): string => url.replace('http:', 'telemetry:');

function connect(
  store: string,
  to: ServerInProcess,
  definition: Partial<RemoteDefinition> = {},
): Promise<RemoteConnection> {
  return connectRemote(store, TELEMETRY_KIND, remoteOf(urlOf(to), definition));
}

/** Sends the messages over one WebSocket, and waits for the last ack. */
async function sendMessages({ url }: ServerInProcess, messages: readonly (string | Buffer)[]): Promise<void> {
  const socket = new WebSocket(url.replace('http:', 'ws:'));
  await once(socket, 'open');
  for (const message of messages) socket.send(message);
  socket.send(Buffer.alloc(0));
  await closeOf(socket);
}

test('given odd events, then the other server stores them byte for byte', async () => {
  const [from, to] = [
    await serveInProcess({ store: temporaryStore() }),
    await serveInProcess({ store: temporaryStore() }),
  ];
  const json = ['{ "a" : 1.0,\n "a": 9007199254740993 }', '"text"', '[1, 2]', 'null', '{"resourceLogs":[]}'];
  await sendMessages(from, [...json, 'no JSON', Buffer.from([0xff, 0x00]), Buffer.from([0xfe]), '"/w=="']);
  await from.end();
  const connection = await connect(from.store, to);
  await connection.send(await batchOf(from.store));

  const rows = (store: string) => storedEvents(store).map(({ payload, encoding }) => [payload, encoding]);
  expect(rows(to.store)).toEqual(rows(from.store));
  expect(rows(to.store).filter(([, encoding]) => encoding === 'base64')).toHaveLength(2);
  expect(origins(to.store)).toEqual([idOf(from.store)]);
  expect(connection.description).toMatch(/^telemetry \d/);
  expect(connection.peer).toBe(idOf(to.store));
});

test('given events left out, then a repeated batch stores each of the others once', async () => {
  const [from, to] = [
    await serveInProcess({ store: temporaryStore() }),
    await serveInProcess({ store: temporaryStore() }),
  ];
  await postJson(from.url, Array.from({ length: 5000 }, (_, n) => `{"n":${n}}`).join('\n'));
  await from.end();
  const some = { source: '(select * from events where id % 3 <> 1) as events' };
  const connection = await connect(from.store, to);
  await connection.send(await batchOf(from.store, { ...some, toId: 1000 }));
  await connection.send(await batchOf(from.store, { ...some, toId: 3000 }));
  await connection.send(await batchOf(from.store, { ...some, afterId: 2000 }));

  const expected = Array.from({ length: 5000 }, (_, n) => n).filter(n => (n + 1) % 3 !== 1);
  expect(payloads(to.store)).toEqual(expected.map(n => `{"n":${n}}`));
  expect(await (await connect(from.store, to)).position()).toBe(4998 + 2);
});

test('given a name or filter that differs, then the remotes are separate feeds', () => {
  const store = { id: 'a', epoch: 'e' };
  const names = [{}, { where: 'x = 1' }, { types: ['log'] }, { types: ['log', 'metric'] }].map(definition =>
    sourceOf(remoteOf('telemetry://far', definition), store),
  );
  expect(new Set(names).size).toBe(4);
  expect(names[0]).toBe('remote:a:e:far');
  expect(sourceOf(remoteOf('telemetry://far', { types: ['metric', 'log'] }), store)).toBe(names[3]);
});

test.each([2, 3])('given a ring of %i servers, then each has each event once', async count => {
  const servers: ServerInProcess[] = [];
  for (let i = 0; i < count; i++) servers.push(await serveInProcess({ store: temporaryStore() }));
  for (const [i, { store }] of servers.entries()) {
    const args = ['remote', 'create', 'next', urlOf(servers[(i + 1) % count]!), '--store', store];
    expect(await commandInProcess(args, { cwd: store })).toMatchObject({ code: 0 });
  }
  const sent = servers.map((_, i) => `{"from":${i}}`);
  await Promise.all(servers.map(({ url }, i) => postJson(url, sent[i]!)));
  const stores = servers.map(({ store }) => store);
  const isDone = (store: string): boolean => payloads(store).length >= count;
  await until(() => stores.every(isDone), 'the events of the ring');
  // The last event has gone round once more, if it does at all.
  await postJson(servers[0]!.url, '{"last":true}');
  await until(() => payloads(stores.at(-1)!).includes('{"last":true}'), 'the last event');

  for (const store of stores)
    expect(
      payloads(store)
        .filter(text => text !== '{"last":true}')
        .sort(),
    ).toEqual(sent);
  const from = idOf(stores[0]!);
  expect(origins(stores.at(-1)!)).toContain([from, ...stores.slice(1, -1).map(idOf)].join(','));
});

test('given an event that came from the server, then the server refuses it', async () => {
  const [a, b] = [await serveInProcess({ store: temporaryStore() }), await serveInProcess({ store: temporaryStore() })];
  await postJson(a.url, '{"from":"a"}');
  await (await connect(a.store, b)).send(await batchOf(a.store));
  const back = await connect(b.store, a);

  await expect(back.send(await batchOf(b.store))).rejects.toMatchObject({
    name: 'RefusedBatch',
    message: expect.stringContaining('have come from this store') as string,
  });
  expect(payloads(a.store)).toEqual(['{"from":"a"}']);
});

test('given another store behind the URL, then nothing is sent to it', async () => {
  const [from, to] = [
    await serveInProcess({ store: temporaryStore() }),
    await serveInProcess({ store: temporaryStore() }),
  ];
  await postJson(from.url, '{"n":1}');
  const connection = await connect(from.store, to);
  await to.end();
  const other = await serveInProcess({ store: temporaryStore(), args: ['--port', String(to.port)] });

  await expect(connection.send(await batchOf(from.store))).rejects.toThrow(/another store/);
  expect(payloads(other.store)).toEqual([]);
});

test('given a refused event, then the batch is refused and its halves arrive', async () => {
  const from = await serveInProcess({ store: temporaryStore() });
  const to = await serveInProcess({ store: temporaryStore(), args: ['--max-event-size', '1KB'] });
  await postJson(from.url, ['{"n":1}', `{"n":2,"s":"${'x'.repeat(2000)}"}`, '{"n":3}'].join('\n'));
  const connection = await connect(from.store, to);
  await expect(connection.send(await batchOf(from.store))).rejects.toMatchObject({ name: 'RefusedBatch' });
  await connection.send(await batchOf(from.store, { toId: 1 }));
  await connection.send(await batchOf(from.store, { afterId: 2 }));

  expect(payloads(to.store)).toEqual(['{"n":1}', '{"n":3}']);
});

test('given a server with a token, then the remote needs it', async () => {
  const from = await serveInProcess({ store: temporaryStore() });
  const to = await serveInProcess({ store: temporaryStore(), env: { TELEMETRY_TOKEN: 'a-secret-token-0123456789' } });
  await postJson(from.url, '{"n":1}');
  await expect(connect(from.store, to)).rejects.toMatchObject({
    message: expect.stringContaining('(401)') as string,
    remedy: expect.stringContaining('--header') as string,
  });
  const url = urlOf(to).replace('//', '//:a-secret-token-0123456789@');
  const connection = await connectRemote(from.store, TELEMETRY_KIND, remoteOf(url));
  await connection.send(await batchOf(from.store));

  expect(payloads(to.store)).toEqual(['{"n":1}']);
});

test('given a remote that is the store itself, then it cannot be opened', async () => {
  const server = await serveInProcess({ store: temporaryStore() });
  await expect(connect(server.store, server)).rejects.toThrow(/is this store/);
});
