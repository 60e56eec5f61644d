import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import {
  connect,
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type Http2Session,
  type IncomingHttpHeaders,
} from 'node:http2';
import { connect as connectSocket, createServer, type AddressInfo } from 'node:net';
import { deflateSync, gzipSync } from 'node:zlib';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { MAX_OTLP_CALLS_ARRIVING } from '../../../src/core/limits.js';
import { createToken, revokeToken } from '../../../src/store/catalog/tokens.js';
import { startWriterThread } from '../../../src/store/journal/start-writer-thread.js';
import { openWriter } from '../../../src/store/journal/writer.js';
import { ServerMetrics } from '../../../src/server/metrics.js';
import { OtlpGrpcServer } from '../../../src/receivers/otlp/grpc.js';
import type { Failure } from '../../../src/receivers/http/reply.js';
import type { Intake } from '../../../src/receivers/intake.js';
import { OtlpIntake } from '../../../src/receivers/otlp/intake.js';
import { http } from '../../helpers/http.js';
import { exportLogs, grpcAddressOf } from '../../helpers/otlp-grpc.js';
import { logs, receiver, receiverProcess, retryStatus, saying, statusOf } from '../../helpers/otlp-requests.js';
import { openGuard } from '../../helpers/sender.js';
import { zstdStored } from '../../helpers/zstd.js';
import { payloads, readStore, temporaryStore, until } from '../../helpers/store.js';

const PATH = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';

/** Destroyed when their servers have ended: a server waits for two seconds for a connection that closes as it stops. */
const sessions: ClientHttp2Session[] = [];
afterAll(() => {
  for (const session of sessions) session.destroy();
});

async function connection(address: string): Promise<ClientHttp2Session> {
  const session = connect(`http://${address}`);
  session.on('error', () => undefined);
  sessions.push(session);
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

/** A gRPC server in this process, whose messages may take so many milliseconds to arrive. Returns its port. */
async function portOf(arrivalMs: number): Promise<number> {
  const onCrash = (error: Error): never => {
    throw error;
  };
  const thread = await startWriterThread(temporaryStore(), 'none');
  const writer = openWriter({ thread, queueBytes: 1_000_000, now: () => 1, onCrash });
  const intake: Intake = {
    writer,
    process: journal => journal,
    counts: new ServerMetrics().counts,
    guard: openGuard(),
    durability: 'none',
    maxEventBytes: 1000,
    idleTimeoutMs: 1000,
  };
  const misdirected = (): Failure => ({ status: 421, reason: 'wrong_port', message: 'not here' });
  const grpc = new OtlpGrpcServer(intake, new OtlpIntake(intake), { misdirected, arrivalMs });
  const listener = createServer(socket => grpc.take(socket)).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  onTestFinished(async () => {
    listener.close();
    await grpc.stop(0);
    await writer.close();
  });
  return (listener.address() as AddressInfo).port;
}

test('refuses a call without a token, or past the limit, before its message', async () => {
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

test('delays a call past the limit of messages until another ends', async () => {
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

test('ends a slow message with DEADLINE_EXCEEDED and frees its place', async () => {
  const port = await portOf(50);
  const session = await connection(`127.0.0.1:${port}`);
  const stalled = Array.from({ length: MAX_OTLP_CALLS_ARRIVING + 1 }, () => endOf(beginCall(session)));

  for (const end of stalled) {
    expect(await end).toMatchObject({
      'grpc-status': '4',
      'grpc-message': 'the message did not arrive within 0.05 s',
    });
  }
  expect(await exportLogs(`127.0.0.1:${port}`, { body: logs('a') })).toMatchObject({ code: 0 });
});

test('ends a call as UNAUTHENTICATED when its token is revoked meanwhile', async () => {
  const store = temporaryStore();
  const token = createToken(store, 'sender', ['ingest'], 1);
  const { server, address } = await addressOf({ store });
  const stream = beginCall(await connection(address), { authorization: `Bearer ${token}` });
  await toBeTaken(stream.session!);
  // HTTP/2 answers a ping by itself; what is answered after it comes after the call was looked at.
  await http(`${server.url}/healthz`);

  revokeToken(store, 'sender', 2);

  expect(await endOf(stream)).toMatchObject({ 'grpc-status': '16', 'grpc-message': 'the token was revoked' });
});

test('ends an arriving call as UNAVAILABLE with a delay when the server stops', async () => {
  const { server, address, store } = await addressOf({});
  const stream = beginCall(await connection(address));
  await toBeTaken(stream.session!);

  const ending = server.end();
  const headers = await endOf(stream);
  stream.close();

  expect(headers).toMatchObject({ 'grpc-status': '14' });
  expect(Buffer.from(String(headers['grpc-status-details-bin']), 'base64')).toEqual(
    retryStatus(14, 'the server is stopping', 2),
  );
  expect(await ending).toBe(0);
  expect(payloads(store)).toEqual([]);
});

test('ends in spite of a client that hangs and never closes its connection', async () => {
  const { server, address, call } = await addressOf({});
  // Nothing reads from it: it does not see that the other side has ended.
  const socket = connectSocket(Number(address.split(':')[1]), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  expect(await call({ body: logs('a') })).toMatchObject({ code: 0 });

  expect(await server.end()).toBe(0);
});

test('stores exactly the acknowledged calls when the server stops', async () => {
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

test('keeps only headers without secrets, and repeated ones as they were sent', async () => {
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
    'x-honeycomb-team': 's3cret',
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
    'x-tenant': ['one', 'two'],
    'trace-bin': '***',
    'x-honeycomb-team': '***',
  });
});

test('answers HTTP/1.1 on the port of gRPC with what to do, and stores nothing', async () => {
  const { server, address, store, call } = await addressOf({});

  const plain = await http(`http://${address}/`, { method: 'POST', body: '{"a":1}' });
  const otlp = await http(`http://${address}/v1/logs`, {
    method: 'POST',
    body: logs('a'),
    headers: { 'content-type': 'application/x-protobuf' },
  });

  expect(plain).toMatchObject({ status: 421, body: saying(`send HTTP to ${server.url}`) });
  expect(statusOf(otlp)).toMatchObject({ code: 3, message: saying('OTEL_EXPORTER_OTLP_PROTOCOL=grpc') });
  const line = 'telemetry: refused POST / from 127.0.0.1: this port accepts OTLP over gRPC';
  await until(() => server.said().includes(line));
  expect(payloads(store)).toEqual([]);
  expect(await call({ body: logs('a') })).toMatchObject({ code: 0 });
  expect(await server.end()).toBe(0);
});

test('answers gRPC on the port of HTTP with what to do, and goes on to serve HTTP', async () => {
  const { server, address } = await addressOf({});

  const refused = await exportLogs(`127.0.0.1:${server.port}`, { body: logs('a'.repeat(1_000_000)) });

  expect(refused).toMatchObject({ code: 12, message: saying(`send OTLP over gRPC to ${address}`) });
  const line = /refused LogsService\/Export over gRPC from grpc-node-js.*: this port accepts OTLP over HTTP/;
  await until(() => line.test(server.said()));
  expect(await http(server.url, { method: 'POST', body: '{}' })).toMatchObject({ status: 200 });
});

test.each([
  ['no message', Buffer.alloc(0), {}, '12', 'incomplete_call'],
  ['a part of a message', Buffer.from([0, 0, 0, 0, 9, 1]), {}, '12', 'incomplete_call'],
  ['two messages', Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), {}, '12', 'incomplete_call'],
  ['a flag that gRPC does not know', Buffer.from([2, 0, 0, 0, 0]), {}, '13', 'cannot_decompress'],
  ['gzip that is none', Buffer.from([1, 0, 0, 0, 3, 1, 2, 3]), { 'grpc-encoding': 'gzip' }, '13', 'cannot_decompress'],
  ['a compressed message without its encoding', Buffer.from([1, 0, 0, 0, 1, 1]), {}, '13', 'cannot_decompress'],
  ['an unknown encoding', Buffer.from([1, 0, 0, 0, 1, 1]), { 'grpc-encoding': 'snappy' }, '12', 'unsupported_media'],
  ['a length beyond all limits', Buffer.from([0, 0xff, 0xff, 0xff, 0xff]), {}, '8', 'request_too_large'],
])('refuses a call with %s, and goes on', async (...given) => {
  const [, bytes, headers, status, reason] = given;
  const { server, address, store, call } = await addressOf({});
  const stream = (await connection(address)).request({
    ':method': 'POST',
    ':path': PATH,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  });
  stream.end(bytes);

  expect(await endOf(stream)).toMatchObject({
    'grpc-status': status,
    'grpc-accept-encoding': 'zstd,gzip,deflate,identity',
  });
  expect(payloads(store)).toEqual([]);
  expect(await call({ body: logs('a') })).toMatchObject({ code: 0 });
  expect((await http(`${server.url}/metrics`)).body).toContain(`telemetry_refused_total{reason="${reason}"} 1`);
});

test.each([
  ['gzip', gzipSync(logs('a'))],
  ['deflate', deflateSync(logs('a'))],
  ['zstd', zstdStored(logs('a'))],
])('takes a message that is compressed with %s, also byte by byte', async (encoding, message) => {
  const { address, store } = await addressOf({});
  const prefix = Buffer.from([1, 0, 0, 0, message.length]);
  const session = await connection(address);
  const headers = { ':method': 'POST', ':path': PATH, 'content-type': 'application/grpc', 'grpc-encoding': encoding };

  for (const pieces of [
    [Buffer.concat([prefix, message])],
    [...Buffer.concat([prefix, message])].map(byte => Buffer.from([byte])),
  ]) {
    const stream = session.request(headers);
    for (const piece of pieces) await new Promise(resolve => stream.write(piece, resolve));
    stream.end();
    stream.resume();
    const [trailers] = (await once(stream, 'trailers')) as [IncomingHttpHeaders];
    expect(trailers).toMatchObject({ 'grpc-status': '0' });
  }

  expect(payloads(store)).toEqual(['{"type":"log","body":"a"}', '{"type":"log","body":"a"}']);
});

test('holds no more of a message that inflates without end than of one over HTTP', async () => {
  const { server, call } = await receiverProcess({ args: ['--durability', 'none'] });
  const bomb = gzipSync(Buffer.alloc(120 * 1024 * 1024), { level: 9 });
  const prefix = Buffer.from([1, 0, 0, 0, 0]);
  prefix.writeUInt32BE(bomb.length, 1);
  const session = await connection(grpcAddressOf(server));

  const streams = Array.from({ length: 8 }, () => {
    const stream = session.request({
      ':method': 'POST',
      ':path': PATH,
      'content-type': 'application/grpc',
      'grpc-encoding': 'gzip',
    });
    stream.on('error', () => undefined);
    stream.end(Buffer.concat([prefix, bomb]));
    return endOf(stream);
  });

  for (const end of streams)
    expect(await end).toMatchObject({
      'grpc-status': '8',
      'grpc-message': expect.stringMatching(/inflates more than 250 times|bytes are in progress/) as string,
    });
  const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1];
  // A server with no bound would hold the eight messages, 960 MiB, above the 100 MiB that it starts with.
  expect(Number(peak)).toBeLessThan(560 * 1024);
  expect(await call({ body: logs('a') })).toMatchObject({ code: 0 });
});
