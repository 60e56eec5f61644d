import { Server, ServerCredentials, type sendUnaryData, type ServiceDefinition } from '@grpc/grpc-js';
import { once } from 'node:events';
import {
  connect,
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type Http2Session,
  type IncomingHttpHeaders,
} from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { MAX_OTLP_CALLS_ARRIVING } from '../../src/core/limits.js';
import { createToken, revokeToken } from '../../src/journal/tokens.js';
import { serverMetrics } from '../../src/server/metrics.js';
import { grpcAdmission } from '../../src/transports/grpc-admission.js';
import { http, rawSocket } from '../helpers/http.js';
import { exportLogs, grpcAddressOf } from '../helpers/otlp-grpc.js';
import { logs, receiver, retryStatus } from '../helpers/otlp-requests.js';
import { openGuard } from '../helpers/sender.js';
import { payloads, readStore, temporaryStore, until } from '../helpers/store.js';

const pass = (bytes: Buffer): Buffer => bytes;
const LOGS_SERVICE: ServiceDefinition = {
  export: {
    path: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
    requestStream: false,
    responseStream: false,
    requestSerialize: pass,
    requestDeserialize: pass,
    responseSerialize: pass,
    responseDeserialize: pass,
  },
};
const PATH = LOGS_SERVICE.export!.path;

async function connection(address: string): Promise<ClientHttp2Session> {
  const session = connect(`http://${address}`);
  session.on('error', () => undefined);
  onTestFinished(() => session.destroy());
  await once(session, 'connect');
  return session;
}

/** Begins a call whose message does not end: its frame says so many bytes, and one of them is sent. */
function beginCall(session: ClientHttp2Session, headers: Record<string, string | string[]> = {}): ClientHttp2Stream {
  const stream = session.request({
    ':method': 'POST',
    ':path': PATH,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  });
  stream.on('error', () => undefined);
  stream.write(Buffer.from([0, 0, 0x10, 0, 0, 0x0a]));
  return stream;
}

/** Until the server has seen what was sent before. */
function toBeTaken(session: Http2Session): Promise<unknown> {
  return new Promise(resolve => session.ping(resolve));
}

/** How a call ends that fails: one frame of headers. */
async function endOf(stream: ClientHttp2Stream): Promise<IncomingHttpHeaders> {
  const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders];
  return headers;
}

async function addressOf(setup: Parameters<typeof receiver>[0]) {
  const { server, store, call } = await receiver(setup);
  return { server, store, call, address: grpcAddressOf(server) };
}

test('given a call without a token, or past the limit, then it is refused before its message is received', async () => {
  const { server, address, call } = await addressOf({ args: ['--token', 's3cret', '--rate-limit', '1/h'] });
  const session = await connection(address);

  expect(await endOf(beginCall(session))).toMatchObject({ 'grpc-status': '16' });
  expect(await endOf(beginCall(session, { authorization: 'Bearer wrong' }))).toMatchObject({ 'grpc-status': '16' });
  const headers = { authorization: 'Bearer s3cret' };
  expect(await call({ body: logs('a', 'b'), headers })).toMatchObject({ code: 0 });
  expect(await endOf(beginCall(session, headers))).toMatchObject({ 'grpc-status': '8' });

  const { body } = await http(`${server.url}/metrics`, { headers });
  expect(body).toContain('telemetry_refused_total{reason="unauthorized"} 2');
  expect(body).toContain('telemetry_refused_total{reason="rate_limited"} 1');
});

test('given as many messages that arrive as may, then the next call waits until one of them is gone, and is stored then', async () => {
  const { server, address, store } = await addressOf({});
  const session = await connection(address);
  const arriving = Array.from({ length: MAX_OTLP_CALLS_ARRIVING }, () => beginCall(session));
  await toBeTaken(session);

  let hasEnded = false;
  const waiting = exportLogs(address, { body: logs('waited') }).finally(() => (hasEnded = true));
  // Its message would have been stored long before this one is.
  await http(server.url, { method: 'POST', body: '{}' });
  await http(server.url, { method: 'POST', body: '{}' });
  expect(hasEnded).toBe(false);
  arriving[0]!.close(constants.NGHTTP2_CANCEL);

  expect(await waiting).toMatchObject({ code: 0 });
  expect(payloads(store)).toContain('{"type":"log","body":"waited"}');
  expect((await http(`${server.url}/metrics`)).body).toContain('telemetry_refused_total{reason="incomplete_call"} 1');
});

test("given a message that does not arrive in time, then its call is DEADLINE_EXCEEDED, and its place is another's", async () => {
  const { interceptor } = grpcAdmission({ guard: openGuard(), counts: serverMetrics().counts }, 50);
  const server = new Server({ interceptors: [interceptor] });
  onTestFinished(() => server.forceShutdown());
  server.addService(LOGS_SERVICE, {
    export: (_call: unknown, reply: sendUnaryData<Buffer>) => reply(null, Buffer.alloc(0)),
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
  const session = await connection(`127.0.0.1:${port}`);
  const stalled = Array.from({ length: MAX_OTLP_CALLS_ARRIVING + 1 }, () => endOf(beginCall(session)));

  for (const end of stalled) {
    expect(await end).toMatchObject({
      'grpc-status': '4',
      'grpc-message': 'the%20message%20did%20not%20arrive%20within%200.05%20s',
    });
  }
  expect(await exportLogs(`127.0.0.1:${port}`, { body: logs('a') })).toMatchObject({ code: 0 });
});

test('given a token that is revoked while a message arrives, then the call is UNAUTHENTICATED', async () => {
  const store = temporaryStore();
  const token = createToken(store, 'sender', ['ingest'], 1);
  const { address } = await addressOf({ store });
  const stream = beginCall(await connection(address), { authorization: `Bearer ${token}` });
  await toBeTaken(stream.session!);

  revokeToken(store, 'sender', 2);

  expect(await endOf(stream)).toMatchObject({ 'grpc-status': '16', 'grpc-message': 'the%20token%20was%20revoked' });
});

test('given a server that stops, then a call that is arriving is UNAVAILABLE, with when to try again', async () => {
  const { server, address, store } = await addressOf({});
  const stream = beginCall(await connection(address));
  await toBeTaken(stream.session!);

  const ending = server.end();
  const headers = await endOf(stream);
  stream.close();

  expect(headers).toMatchObject({ 'grpc-status': '14' });
  expect(Buffer.from(String(headers['grpc-status-details-bin']), 'base64')).toEqual(
    retryStatus(14, 'the server is stopping', 5),
  );
  expect(await ending).toBe(0);
  expect(payloads(store)).toEqual([]);
});

test('given a client that hangs, and never closes its connection, then the server ends all the same', async () => {
  const { server, address, call } = await addressOf({});
  // Nothing reads from it: it does not see that the other side has ended.
  const socket = connectSocket(Number(address.split(':')[1]), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  expect(await call({ body: logs('a') })).toMatchObject({ code: 0 });

  expect(await server.end()).toBe(0);
});

test('given calls under way when the server stops, then what was acknowledged is stored, and nothing else', async () => {
  const { server, address, store } = await addressOf({});
  let sent = 0;
  const acked: string[] = [];
  const senders = Array.from({ length: 8 }, async () => {
    for (;;) {
      const body = `body ${sent++}`;
      const { code } = await exportLogs(address, { body: logs(body) });
      if (code !== 0) return code;
      acked.push(`{"type":"log","body":"${body}"}`);
    }
  });
  await until(() => acked.length > 50);

  expect(await server.end()).toBe(0);
  expect(new Set(await Promise.all(senders))).toEqual(new Set([14]));

  expect(payloads(store).sort()).toEqual(acked.sort());
});

test('given headers that hold secrets, then the stream has the others only, repeated and binary ones as they were sent', async () => {
  const { address, store } = await addressOf({ args: ['--token', 's3cret'] });
  const stream = (await connection(address)).request({
    ':method': 'POST',
    ':path': PATH,
    'content-type': 'application/grpc',
    te: 'trailers',
    authorization: 'Bearer s3cret',
    'x-api-key': 's3cret',
    'x-tenant': ['one', 'two'],
    'trace-bin': 'AQID',
  });
  const body = logs('a');
  stream.end(Buffer.concat([Buffer.from([0, 0, 0, 0, body.length]), body]));
  stream.resume();
  const [trailers] = (await once(stream, 'trailers')) as [IncomingHttpHeaders];

  expect(trailers).toMatchObject({ 'grpc-status': '0' });
  const [row] = readStore<{ headers: string }>(store, 'select headers from streams');
  expect(row!.headers).not.toContain('s3cret');
  expect(JSON.parse(row!.headers)).toMatchObject({
    authorization: '***',
    'x-api-key': '***',
    'x-tenant': 'one, two',
    'trace-bin': 'AQID',
  });
});

test('given HTTP/1.1 on the port of gRPC, as a browser speaks it, then nothing is stored, and the connection ends', async () => {
  const { server, address, store, call } = await addressOf({});
  const raw = await rawSocket(Number(address.split(':')[1]));
  await raw.write(`POST ${PATH} HTTP/1.1\r\nhost: evil.example\r\ncontent-type: application/grpc\r\n\r\n`);
  await raw.closed;

  expect(payloads(store)).toEqual([]);
  expect(await call({ body: logs('a') })).toMatchObject({ code: 0 });
  expect(await server.end()).toBe(0);
});

test.each([
  ['no message', Buffer.alloc(0), {}, '12'],
  ['a part of a message', Buffer.from([0, 0, 0, 0, 9, 1]), {}, '12'],
  ['gzip that is none', Buffer.from([1, 0, 0, 0, 3, 1, 2, 3]), { 'grpc-encoding': 'gzip' }, '13'],
  ['an encoding that is not known', Buffer.from([1, 0, 0, 0, 1, 1]), { 'grpc-encoding': 'zstd' }, '12'],
  ['a length beyond all limits', Buffer.from([0, 0xff, 0xff, 0xff, 0xff]), {}, '8'],
])('given a call with %s, then it fails, and the server goes on', async (...given) => {
  const [, bytes, headers, status] = given;
  const { server, address, store, call } = await addressOf({});
  const stream = (await connection(address)).request({
    ':method': 'POST',
    ':path': PATH,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  });
  stream.end(bytes);

  expect(await endOf(stream)).toMatchObject({ 'grpc-status': status });
  expect(payloads(store)).toEqual([]);
  expect(await call({ body: logs('a') })).toMatchObject({ code: 0 });
  expect((await http(`${server.url}/metrics`)).body).toContain('telemetry_refused_total{reason="incomplete_call"} 1');
});
