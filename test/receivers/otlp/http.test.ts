import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { http } from '../../helpers/http.js';
import { attribute, field, fixed64, request } from '../../helpers/otlp-bytes.js';
import { serveInProcess } from '../../helpers/server-in-process.js';
import { payloads, storedStreams, temporaryStore } from '../../helpers/store.js';

const PROTOBUF = { 'content-type': 'application/x-protobuf' };
const JSON_TYPE = { 'content-type': 'application/json' };

const logs = (...bodies: readonly string[]): Buffer => request(bodies.map(body => field(2, field(5, field(1, body)))));
const logsJson = (...bodies: readonly string[]): string =>
  JSON.stringify({
    resourceLogs: [{ scopeLogs: [{ logRecords: bodies.map(stringValue => ({ body: { stringValue } })) }] }],
  });

async function receiver(...args: readonly string[]) {
  const store = temporaryStore();
  const server = await serveInProcess({ store, args: ['--durability', 'none', ...args] });
  onTestFinished(async () => {
    await server.end();
  });
  const send = (path: string, body: string | Uint8Array, headers: Record<string, string>) =>
    http(server.url + path, { method: 'POST', body, headers });
  return { store, server, send };
}

test('answers protobuf and JSON, also gzipped, in kind once the events are stored', async () => {
  const { store, send } = await receiver();

  const gzip = { 'content-encoding': 'gzip' };
  const replies = [
    await send('/v1/logs', logs('a'), PROTOBUF),
    await send('/v1/logs', gzipSync(logs('b')), { ...PROTOBUF, ...gzip }),
    await send('/v1/logs', logsJson('c'), JSON_TYPE),
    await send('/v1/logs', gzipSync(logsJson('d')), { 'content-type': 'application/json; charset=utf-8', ...gzip }),
    await send('/v1/logs', '', PROTOBUF),
    await send('/v1/logs', '{}', JSON_TYPE),
  ];

  expect(replies.map(({ status, body, headers }) => [status, body, headers['content-type']])).toEqual([
    [200, '', 'application/x-protobuf'],
    [200, '', 'application/x-protobuf'],
    [200, '{}', 'application/json'],
    [200, '{}', 'application/json'],
    [200, '', 'application/x-protobuf'],
    [200, '{}', 'application/json'],
  ]);
  expect(payloads(store)).toEqual(['a', 'b', 'c', 'd'].map(body => `{"type":"log","body":"${body}"}`));
});

test('stores the others of an event over the limit, and counts it with a reason', async () => {
  const { store, send, server } = await receiver('--max-event-size', '1000');
  const large = 'x'.repeat(2000);

  const json = await send('/v1/logs', logsJson('a', large, 'b'), JSON_TYPE);
  const protobuf = await send('/v1/logs', logs(large, 'c'), PROTOBUF);

  const why = '1 left out, the first because an event is larger than 1000 bytes';
  expect(JSON.parse(json.body)).toEqual({ partialSuccess: { rejectedLogRecords: '1', errorMessage: why } });
  expect(Buffer.from(protobuf.body)).toEqual(field(1, Buffer.from([8, 1]), field(2, why)));
  expect([json.status, protobuf.status]).toEqual([200, 200]);
  expect(payloads(store)).toHaveLength(3);
  expect((await http(`${server.url}/metrics`)).body).toContain('telemetry_refused_total{reason="event_too_large"} 2');
});

test('answers an invalid request with a Status and position, and stores nothing', async () => {
  const { store, send } = await receiver();

  const cut = await send('/v1/logs', logs('a', 'b').subarray(0, -1), PROTOBUF);
  const json = await send('/v1/traces', '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a"}]},5]}]}', JSON_TYPE);

  expect(cut).toMatchObject({ status: 400, headers: { 'content-type': 'application/x-protobuf' } });
  expect(cut.body).toContain('is not valid protobuf');
  expect({ status: json.status, body: JSON.parse(json.body) as unknown }).toEqual({
    status: 400,
    body: { code: 3, message: '"scopeSpans" must be an object, not 5 (byte offset 58)' },
  });
  expect(await send('/v1/logs', 'x', { 'content-type': 'text/plain' })).toMatchObject({ status: 415 });
  expect(await send('/v1/logs', 'x', { ...PROTOBUF, 'content-encoding': 'gzip' })).toMatchObject({ status: 400 });
  expect(payloads(store)).toEqual([]);
  expect(storedStreams(store)).toEqual([]);
});

test('given a token, then a request without it is refused with a Status', async () => {
  const { send } = await receiver('--token', 's3cret');

  const refused = await send('/v1/metrics', '{}', JSON_TYPE);

  expect(refused).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer realm="telemetry"' } });
  expect(JSON.parse(refused.body)).toMatchObject({ code: 16 });
  expect(await send('/v1/metrics', '{}', { ...JSON_TYPE, authorization: 'Bearer s3cret' })).toMatchObject({
    status: 200,
  });
});

test('serves the preflight and the request of a page of an allowed origin', async () => {
  const { send, server } = await receiver('--cors', 'https://shop.example');
  const origin = { origin: 'https://shop.example' };

  const preflight = await http(`${server.url}/v1/traces`, {
    method: 'OPTIONS',
    headers: { ...origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
  });
  const sent = await send('/v1/traces', '{}', { ...JSON_TYPE, ...origin });

  expect(preflight).toMatchObject({ status: 204, headers: { 'access-control-allow-origin': origin.origin } });
  expect(sent).toMatchObject({ status: 200, headers: { 'access-control-allow-origin': origin.origin } });
});

test('stores a request of 64 MiB, and a trace of 10,000 spans with late roots', async () => {
  const { store, send } = await receiver();
  const text = 'x'.repeat(64 * 1024);
  const spans = Array.from({ length: 10_000 }, (_, i) =>
    field(
      2,
      field(1, Buffer.alloc(16, 1)),
      field(4, Buffer.alloc(8, 9)),
      field(5, `s${i}`),
      fixed64(7, 1n),
      attribute(9, 'i', field(1, 'v')),
    ),
  );

  expect(await send('/v1/logs', logs(...Array.from({ length: 1023 }, () => text)), PROTOBUF)).toMatchObject({
    status: 200,
  });
  expect(await send('/v1/traces', request(spans), PROTOBUF)).toMatchObject({ status: 200 });

  expect(storedStreams(store).map(({ events }) => events)).toEqual([1023, 10_000]);
});
