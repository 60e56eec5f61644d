import { expect, test } from 'vitest';
import type { RemoteConnection } from '../../../../../src/consumers/remotes/kind.js';
import { INTAKE_KIND } from '../../../../../src/consumers/remotes/kinds/intake/kind.js';
import { httpReceiver } from '../../../../helpers/http-receiver.js';
import { post, postJson } from '../../../../helpers/http.js';
import { batchOf, connectRemote, remoteOf } from '../../../../helpers/remotes.js';
import { serveInProcess } from '../../../../helpers/server-in-process.js';
import { payloads, temporaryStore } from '../../../../helpers/store.js';

const event = (n: number, more = ''): string =>
  `{"event_id":"id-${n}","event_time":"2026-11-29T12:00:00.000Z","event_type":"behavioral","event_name":"login_start"${more}}`;

function connect(store: string, url: string): Promise<RemoteConnection> {
  return connectRemote(store, INTAKE_KIND, remoteOf(url));
}

test('given what a UI posts, then the intake has it in requests of 50 with Basic auth', async () => {
  const server = await serveInProcess({ store: temporaryStore() });
  const { received, port } = await httpReceiver((_, response) => response.end());
  const events = Array.from({ length: 120 }, (_, n) => event(n));
  await post(`${server.url}/v1/telemetry/events`, events.join('\n'), { 'content-type': 'application/x-ndjson' });
  await postJson(server.url, '{"level":"info","msg":"a log"}\n{"event_id":"x","msg":"no activity event"}');
  const connection = await connect(server.store, `intake+http://me:p%40ss@127.0.0.1:${port}/events/ui`);
  const sent = await connection.send(await batchOf(server.store, { events: 122 }));

  expect(sent.events).toBe(120);
  expect(received.map(({ body }) => body.trimEnd().split('\n').length)).toEqual([50, 50, 20]);
  expect(received.map(({ body }) => body).join('')).toBe(`${events.join('\n')}\n`);
  expect(received[0]).toMatchObject({
    path: '/events/ui',
    headers: {
      authorization: `Basic ${Buffer.from('me:p@ss').toString('base64')}`,
      'content-type': 'application/x-ndjson',
    },
  });
});

test('given another server, then an activity event sent again is stored once', async () => {
  const [from, to] = [
    await serveInProcess({ store: temporaryStore() }),
    await serveInProcess({ store: temporaryStore() }),
  ];
  const sent = [event(1), event(2, ',\n "pretty": true'), event(3, `,"big":"${'x'.repeat(40_000)}"`)];
  await postJson(from.url, sent.join('\n'));
  const connection = await connect(from.store, `intake+http://127.0.0.1:${to.port}/v1/telemetry/events`);
  await connection.send(await batchOf(from.store));
  await (
    await connect(from.store, `intake+http://127.0.0.1:${to.port}/v1/telemetry/events`)
  ).send(await batchOf(from.store));

  const [first, pretty, cut, ...others] = payloads(to.store);
  expect(others).toEqual([]);
  expect(first).toBe(event(1));
  expect(pretty).toBe(event(2, ',  "pretty": true'));
  expect(JSON.parse(cut!)).toMatchObject({ event_id: 'id-3', truncated: true });
});

test('given a refused event, then the halves of its batch send the others once', async () => {
  const server = await serveInProcess({ store: temporaryStore() });
  const { received, port } = await httpReceiver(({ body }, response) => {
    response.statusCode = body.includes('id-60"') ? 400 : 200;
    response.end('id-60 is bad');
  });
  await postJson(server.url, Array.from({ length: 100 }, (_, n) => event(n)).join('\n'));
  const connection = await connect(server.store, `intake+http://127.0.0.1:${port}`);
  const refused = { name: 'RefusedBatch', message: 'id-60 is bad' };
  await expect(connection.send(await batchOf(server.store))).rejects.toMatchObject(refused);
  await connection.send(await batchOf(server.store, { toId: 60 }));
  await expect(connection.send(await batchOf(server.store, { afterId: 60, toId: 61 }))).rejects.toMatchObject(refused);
  await connection.send(await batchOf(server.store, { afterId: 61 }));

  const taken = received.filter(({ body }) => !body.includes('id-60"')).flatMap(({ body }) => body.trim().split('\n'));
  expect(taken).toEqual(Array.from({ length: 100 }, (_, n) => event(n)).filter((_, n) => n !== 60));
});

test.each([
  [503, 'RemoteBusy'],
  [401, 'TelemetryError'],
])('given status %i, then it is a %s', async (status, name) => {
  const server = await serveInProcess({ store: temporaryStore() });
  const { port } = await httpReceiver((_, response) => response.writeHead(status).end('no'));
  await postJson(server.url, event(1));
  const connection = await connect(server.store, `intake+http://127.0.0.1:${port}`);
  await expect(connection.send(await batchOf(server.store))).rejects.toMatchObject({ name });
});

test('refuses to send a password without TLS to another machine', () => {
  expect(() => INTAKE_KIND.check(remoteOf('intake+http://me:secret@intake.example'))).toThrow(/plain text/);
  expect(() => INTAKE_KIND.check(remoteOf('intake+https://me:secret@intake.example/events'))).not.toThrow();
});
