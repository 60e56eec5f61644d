import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chunked, http, LAST_CHUNK, post, postJson, rawSocket } from '../helpers/http.js';
import { serveInProcess, type ServerInProcess } from '../helpers/server-in-process.js';
import { makeDirectory, payloads, readStore, storedStreams } from '../helpers/store.js';
import { removeDirectory } from '../helpers/remove-directory.js';

const store = makeDirectory();
let server: ServerInProcess;
let truncating: ServerInProcess;

beforeAll(async () => {
  [server, truncating] = await Promise.all([
    serveInProcess({ store, args: ['--token', 's3cret'] }),
    serveInProcess({ store: `${store}/truncating`, args: ['--truncate-oversize'] }),
  ]);
});
afterAll(async () => {
  await Promise.all([server.end(), truncating.end()]);
  removeDirectory(store);
});

const token = { authorization: `Basic ${Buffer.from('rill:s3cret').toString('base64')}` };
const send = (path: string, body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}) =>
  post(server.url + path, body, { ...token, ...headers });
const sendJson = (path: string, body: string) => postJson(server.url + path, body, token);
const eventCount = () => readStore<{ n: number }>(store, 'select count(*) as n from events')[0]!.n;

const activity = (id: string, more: Readonly<Record<string, unknown>> = {}) =>
  JSON.stringify({
    event_id: id,
    event_time: '2026-11-22T20:54:39.821Z',
    event_type: 'behavioral',
    event_name: 'login-start',
    ...more,
  });

describe('POST /v1/telemetry/events', () => {
  test('given lines, an array or one object, then the reply counts what is on disk', async () => {
    expect(await send('/v1/telemetry/events', `${activity('a1')}\n${activity('a2')}\n`)).toMatchObject({
      status: 200,
      body: '2\n',
      headers: { 'telemetry-durability': 'fsync' },
    });
    const again = await sendJson('/v1/telemetry/events', `[${activity('a2')},${activity('a3')}]`);
    expect(again).toMatchObject({ status: 200, accepted: 1, duplicates: 1 });
    expect(payloads(store, again.stream)).toEqual([activity('a3')]);
    const zipped = gzipSync(activity('a4'));
    expect(await send('/v1/telemetry/events', zipped, { 'content-encoding': 'gzip' })).toMatchObject({ body: '1\n' });
    expect(await send('/', activity('a1'))).toMatchObject({ status: 200, body: '0\n' });
  });

  test('names an invalid event after many valid ones with 400 and stores nothing', async () => {
    const before = eventCount();
    const right = Array.from({ length: 3000 }, (_, n) => activity(`never-${n}`));

    const reply = await sendJson('/v1/telemetry/events', [...right, activity('x', { event_time: 'noon' })].join('\n'));

    expect(reply).toMatchObject({
      status: 400,
      accepted: 0,
      reason: 'invalid_event',
      index: 3000,
      field: 'event_time',
    });
    expect(eventCount()).toBe(before);
    const plain = await send('/v1/telemetry/events', `[${right[0]!},{}]`);
    expect(plain).toMatchObject({ status: 400, body: 'event 1: event_id is missing\n0\n' });
    const broken = await sendJson('/v1/telemetry/events', `[${right.join(',')}`);
    expect(broken).toMatchObject({ status: 400, accepted: 0, reason: 'truncated_json' });
    expect(eventCount()).toBe(before);
  });

  test('given a sender that goes away in the middle, then nothing is stored', async () => {
    const before = eventCount();
    const raw = await rawSocket(server.port);
    const head = `POST /v1/telemetry/events HTTP/1.1\r\nhost: localhost\r\nauthorization: ${token.authorization}\r\ntransfer-encoding: chunked\r\n\r\n`;
    await raw.write(head);
    await raw.write(chunked(activity('gone-1') + activity('gone-2')));
    raw.socket.destroy();
    await raw.closed;

    await send('/', '{"after":true}');
    expect(eventCount()).toBe(before + 1);
  });

  test('given a body in pieces, then it is stored at its end', async () => {
    const raw = await rawSocket(server.port);
    await raw.write(
      `POST /v1/telemetry/events HTTP/1.1\r\nhost: localhost\r\nauthorization: ${token.authorization}\r\ntransfer-encoding: chunked\r\n\r\n`,
    );
    for (const part of [activity('p1').slice(0, 20), activity('p1').slice(20) + '\n', activity('p2')]) {
      await raw.write(chunked(part));
    }
    await raw.write(LAST_CHUNK);

    await raw.receive(/^HTTP\/1.1 200 [^]*\r\n\r\n2\n$/);
    raw.socket.destroy();
  });

  test('refuses an event over 32 KiB with 413; --truncate-oversize stores the envelope', async () => {
    const large = activity('large', { z: 'x'.repeat(40_000) });

    expect(await sendJson('/v1/telemetry/events', `[${activity('small')},${large}]`)).toMatchObject({
      status: 413,
      accepted: 0,
      reason: 'event_too_large',
      index: 1,
    });
    const url = `${truncating.url}/v1/telemetry/events`;
    expect(await post(url, large)).toMatchObject({ status: 200, body: '1\n' });
    expect(await post(url, large)).toMatchObject({ status: 200, body: '0\n' });
    expect(payloads(truncating.store).map(text => JSON.parse(text) as unknown)).toEqual([
      {
        ...(JSON.parse(activity('large')) as object),
        truncated: true,
        reason: `the event has ${large.length} bytes, more than 32768`,
      },
    ]);
  });

  test('given no token, or another method, then it is refused', async () => {
    expect(await post(`${server.url}/v1/telemetry/events`, activity('n'))).toMatchObject({ status: 401 });
    expect(await http(`${server.url}/v1/telemetry/events`, { headers: token })).toMatchObject({
      status: 405,
      headers: { allow: 'POST' },
    });
  });
});

describe('POST /api/collect', () => {
  const envelope = (payload: string) =>
    `{"application":"trento","telemetry_type":"host_telemetry","time":"2021-11-23T11:04:02.462687463+01:00","payload":${payload}}`;

  test('given an envelope, then 202 counts its events', async () => {
    const reply = await sendJson('/api/collect', envelope('[{"agent_id":"e93c2b22","cpu_count":2},{"agent_id":"f0"}]'));

    expect(reply).toMatchObject({ status: 202, accepted: 2 });
    expect(payloads(store, reply.stream)[1]).toBe(
      '{"application":"trento","telemetry_type":"host_telemetry","time":"2021-11-23T11:04:02.462687463+01:00","agent_id":"f0"}',
    );
    expect(storedStreams(store).find(({ id }) => id === reply.stream)).toMatchObject({
      path: '/api/collect',
      events: 2,
    });
    expect(await send('/api/collect/other', envelope('{}'))).toMatchObject({ status: 202, body: '1\n' });
  });

  test('given an array and a kind, then its elements are of that kind', async () => {
    const reply = await sendJson('/api/collect/sap%20hosts?x=1', '[{"agent_id":"a"},{"agent_id":"b"}]');

    expect(reply).toMatchObject({ status: 202, accepted: 2 });
    expect(payloads(store, reply.stream)[0]).toBe('{"telemetry_type":"sap hosts","agent_id":"a"}');
  });

  test.each([
    ['/api/collect', '[{}]', 400, 'needs its kind in the path'],
    ['/api/collect/', '[{}]', 400, 'needs its kind in the path'],
    ['/api/collect', '{"application":"a"}', 400, 'telemetry_type is missing'],
    ['/api/collect/hosts', 'no json', 400, 'is not JSON'],
    ['/api/collect/hosts', '', 400, 'the body is empty'],
    ['/api/collect/%ff', '[]', 400, 'not percent-encoded'],
    ['/api/collect/a/b', '[]', 404, 'nothing is served at'],
  ])('given a POST to %s of %s, then %i says why', async (path, body, status, why) => {
    const before = eventCount();

    const reply = await send(path, body);

    expect(reply.status).toBe(status);
    expect(reply.body).toContain(why);
    expect(eventCount()).toBe(before);
  });

  test('given another method, then 405; and GET /api/ping is answered', async () => {
    for (const path of ['/api/collect', '/api/collect/hosts', '/metrics/v1/save']) {
      const reply = await http(server.url + path, { method: 'PUT', body: '[]', headers: token });
      expect(reply).toMatchObject({ status: 405, body: 'only POST is served here\n' });
    }
    expect(await http(`${server.url}/api/ping`)).toMatchObject({ status: 200, body: 'pong' });
    expect(await http(`${server.url}/api/ping`, { method: 'POST' })).toMatchObject({ status: 405 });
  });
});

describe('POST /metrics/v1/save', () => {
  const wide = { generator: 'akai', timestamp: '1713943647', event: 'speechToText', timeElapsed: 45270 };
  const save = async (body: string) => {
    const reply = await send('/metrics/v1/save', body);
    return { ...(JSON.parse(reply.body) as { stream: number }), status: reply.status, headers: reply.headers };
  };

  test('given an object or an array, then there is a result for each', async () => {
    expect(await save(JSON.stringify(wide))).toMatchObject({
      status: 200,
      error: false,
      accepted: 1,
      results: [{ index: 0, ok: true }],
      headers: { 'content-type': 'application/json', 'telemetry-durability': 'fsync' },
    });
    expect(await save(JSON.stringify([wide, wide]))).toMatchObject({ status: 200, accepted: 2 });
  });

  test('given some that are wrong, then the others are stored', async () => {
    const reply = await save('[{"a":1},2,{"b":1}]');

    expect(reply).toMatchObject({
      status: 207,
      error: true,
      accepted: 2,
      errorData: { 1: ['event 1 is not an object'] },
      results: [
        { index: 0, ok: true },
        { index: 1, ok: false, error: 'event 1 is not an object' },
        { index: 2, ok: true },
      ],
    });
    expect(payloads(store, reply.stream)).toEqual(['{"a":1}', '{"b":1}']);
  });

  test('given none that is right, or no JSON, then 400 and nothing is stored', async () => {
    const before = eventCount();

    expect(await save('[1,"x"]')).toMatchObject({ status: 400, error: true, message: 'no event stored' });
    expect(await save('[{"a":1},{')).toMatchObject({ status: 400, accepted: 0 });
    expect(eventCount()).toBe(before);
  });
});
