import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { OTLP_KIND } from '../../../../../src/consumers/remotes/kinds/otlp/kind.js';
import type { RemoteConnection } from '../../../../../src/consumers/remotes/kind.js';
import type { RemoteDefinition } from '../../../../../src/consumers/remotes/remote.js';
import { DecodeError } from '../../../../../src/formats/decoder.js';
import { exportResponse, statusMessage } from '../../../../../src/receivers/otlp/reply.js';
import { httpReceiver } from '../../../../helpers/http-receiver.js';
import { postJson } from '../../../../helpers/http.js';
import { PROTOCOLS, sendLogs, sendMetrics, sendSpans } from '../../../../helpers/otlp-sdk.js';
import { batchOf, connectRemote, remoteOf } from '../../../../helpers/remotes.js';
import { serveInProcess, type ServerInProcess } from '../../../../helpers/server-in-process.js';
import { payloads, temporaryStore } from '../../../../helpers/store.js';

const GRPC = ['--otlp-grpc', '127.0.0.1:0'];
const grpcOf = (server: ServerInProcess): string => /otlp grpc: +(\S+)/.exec(server.said())![1]!;
const withoutIds = (all: readonly string[]): string[] =>
  all.map(payload => payload.replace(/,"event_id":"[\da-f]+:[\da-f]+:\d+"/, '')).sort();

/** A store with events of the JavaScript SDK. */
async function storeOfSdk(): Promise<string> {
  const server = await serveInProcess({ store: temporaryStore() });
  const exporters = () => PROTOCOLS['http/protobuf'](server.url);
  await sendSpans(exporters());
  await sendLogs(exporters());
  await sendMetrics(exporters());
  await server.end();
  return server.store;
}

test.each([
  ['otlp', {}],
  ['otlp', { protocol: 'http/json', compression: 'none' }],
  ['otlp+grpc', {}],
  ['otlp+grpc', { compression: 'none' }],
])('given what an SDK sent, then %s with %j sends the same', async (protocol, options) => {
  const store = await storeOfSdk();
  const to = await serveInProcess({ store: temporaryStore(), args: GRPC });
  const url = protocol === 'otlp' ? to.url.replace('http', 'otlp') : `otlp+grpc://${grpcOf(to)}`;
  const connection = await connectRemote(store, OTLP_KIND, remoteOf(url, { options }));
  const { bytes, warning } = await connection.send(await batchOf(store));
  const logs = payloads(to.store).length;
  await connection.send(await batchOf(store));

  expect(withoutIds(payloads(to.store).slice(0, logs))).toEqual(withoutIds(payloads(store)));
  expect(logs).toBe(payloads(store).length);
  expect(bytes).toBeGreaterThan(500);
  expect(warning).toBeUndefined();
  // Sent again, a log record is known by its event_id.
  const isLog = (payload: string): boolean => payload.startsWith('{"type":"log"');
  expect(payloads(to.store).filter(isLog)).toHaveLength(payloads(store).filter(isLog).length);
});

/** A receiver that answers as it is told, and keeps what it was sent. */
async function receiver(answer: (body: string, response: ServerResponse) => void) {
  const { received, port } = await httpReceiver(({ body }, response) => answer(body, response));
  return { bodies: () => received.map(({ body }) => body), url: `otlp://127.0.0.1:${port}/base` };
}

async function storeOf(events: readonly string[]): Promise<string> {
  const server = await serveInProcess({ store: temporaryStore() });
  await postJson(server.url, events.join('\n'));
  await server.end();
  return server.store;
}

function connect(store: string, url: string, definition: Partial<RemoteDefinition> = {}): Promise<RemoteConnection> {
  return connectRemote(store, OTLP_KIND, remoteOf(url, definition));
}

test.each(['json', 'protobuf'] as const)('given a partial success in %s, then it is a warning', async encoding => {
  const type = encoding === 'json' ? 'application/json' : 'application/x-protobuf';
  const { url } = await receiver((_, response) => {
    const first = new DecodeError('invalid_event', 'too old');
    const rejections = { count: 2, first, byReason: new Map() };
    response.setHeader('content-type', type).end(exportResponse('logs', encoding, rejections));
  });
  const store = await storeOf(['{"n":1}', '{"n":2}']);
  const { warning } = await (await connect(store, url)).send(await batchOf(store));

  expect(warning).toBe('the receiver left out 2: 2 left out, the first because too old');
});

test.each([429, 502, 503, 504])(
  'given status %i, then the batch is tried again when the receiver says',
  async status => {
    const { url } = await receiver((_, response) => {
      response.writeHead(status, { 'retry-after': '7', 'content-type': 'application/x-protobuf' });
      response.end(statusMessage('protobuf', { code: 14, message: 'come back later' }));
    });
    const store = await storeOf(['{"n":1}']);
    await expect((await connect(store, url)).send(await batchOf(store))).rejects.toMatchObject({
      name: 'RemoteBusy',
      afterMs: 7000,
      message: expect.stringContaining('come back later') as string,
    });
  },
);

test('given a refused event, then the halves of its batch send the others once', async () => {
  const { url, bodies } = await receiver((body, response) => {
    response.statusCode = body.includes('"bad"') ? 400 : 200;
    response.setHeader('content-type', 'application/json').end('{"message":"bad data"}');
  });
  const store = await storeOf(['{"type":"metric","metric_name":"m","metric_value":1}', '{"a":"bad"}', '{"a":"good"}']);
  const connection = await connect(store, url, { options: { protocol: 'http/json' } });
  const refused = { name: 'RefusedBatch', message: 'bad data' };
  await expect(connection.send(await batchOf(store))).rejects.toMatchObject(refused);
  await connection.send(await batchOf(store, { toId: 1 }));
  await expect(connection.send(await batchOf(store, { afterId: 1, toId: 2 }))).rejects.toMatchObject(refused);
  await connection.send(await batchOf(store, { afterId: 2 }));

  expect(bodies().filter(body => body.includes('"good"') && !body.includes('"bad"'))).toHaveLength(1);
  expect(bodies().filter(body => body.includes('resourceMetrics'))).toHaveLength(1);
});

test('given many events, then no request is larger than receivers of gRPC take', async () => {
  const to = await serveInProcess({ store: temporaryStore(), args: GRPC });
  const { url, bodies } = await receiver((_, response) => response.end());
  const text = 'x'.repeat(9000);
  const store = await storeOf(Array.from({ length: 2000 }, (_, n) => `{"n":${n},"msg":"${text}"}`));
  await (
    await connect(store, url, { options: { protocol: 'http/json', compression: 'none' } })
  ).send(await batchOf(store));
  const sent = await connect(store, `otlp+grpc://${grpcOf(to)}`);
  await sent.send(await batchOf(store));

  expect(bodies().length).toBeGreaterThan(4);
  expect(Math.max(...bodies().map(({ length }) => length))).toBeLessThan(4 * 1024 * 1024);
  expect(payloads(to.store)).toHaveLength(2000);
});

test.each(['otlp', 'otlp+grpc'])('given a receiver that asks for a token, then %s needs it', async protocol => {
  const to = await serveInProcess({
    store: temporaryStore(),
    args: GRPC,
    env: { TELEMETRY_TOKEN: 'a-secret-token-0123456789' },
  });
  const store = await storeOf(['{"n":1}']);
  const place = protocol === 'otlp' ? `127.0.0.1:${to.port}` : grpcOf(to);
  const send = async (url: string) => (await connect(store, url)).send(await batchOf(store));

  await expect(send(`${protocol}://${place}`)).rejects.toMatchObject({ kind: 'failure' });
  await send(`${protocol}://:a-secret-token-0123456789@${place}`);
  expect(payloads(to.store)).toHaveLength(1);
});

test('given a receiver that is down, then the error names it', async () => {
  const store = await storeOf(['{"n":1}']);
  const send = async (url: string) => (await connect(store, url)).send(await batchOf(store));
  await expect(send('otlp://127.0.0.1:1')).rejects.toThrow(/cannot reach http:\/\/127\.0\.0\.1:1/);
  await expect(send('otlp+grpc://127.0.0.1:1')).rejects.toThrow(/127\.0\.0\.1:1/);
});

test('given the server of the store itself, then nothing is sent to it', async () => {
  const server = await serveInProcess({ store: temporaryStore(), args: GRPC });
  await expect(connect(server.store, server.url.replace('http', 'otlp'))).rejects.toThrow(/server of this store/);
  await expect(connect(server.store, `otlp+grpc://${grpcOf(server)}`)).rejects.toThrow(/server of this store/);
});

test.each([
  ['otlp://host?x=1', {}],
  ['otlp://host', { protocol: 'grpc' }],
  ['otlp+grpc://host', { protocol: 'http/json' }],
  ['otlp://host', { compression: 'zip' }],
  ['otlps://host', { 'client-cert': 'a.pem' }],
])('refuses %s with %j before it connects', (url, options) => {
  expect(() => OTLP_KIND.check(remoteOf(url, { options }))).toThrow();
});
