import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { double, field, int } from '../helpers/otlp-bytes.js';
import { http, type HttpReply } from '../helpers/http.js';
import { saying } from '../helpers/otlp-requests.js';
import { serveInProcess, type ServerInProcess } from '../helpers/server-in-process.js';
import { zstdStored } from '../helpers/zstd.js';
import { makeDirectory, payloads, storedStreams, until } from '../helpers/store.js';
import { removeDirectory } from '../helpers/remove-directory.js';

const V1 = 'application/x-protobuf';
const V2 = 'application/x-protobuf;proto=io.prometheus.write.v2.Request';
const fixture = (name: string): Buffer =>
  readFileSync(new URL(`../fixtures/remote-write/${name}.snappy`, import.meta.url));
const label = (name: string, value: string): Buffer => Buffer.concat([field(1, name), field(2, value)]);
/** A series with one sample, as a request of version 1.0. */
const series = (...labels: Buffer[]): Buffer =>
  field(1, ...labels.map(one => field(1, one)), field(2, double(1, 1), int(2, 1764341234567)));

describe('POST /api/v1/write', () => {
  const store = makeDirectory();
  let server: ServerInProcess;
  beforeAll(async () => {
    server = await serveInProcess({ store, args: ['--max-event-size', '2KiB'] });
  });
  afterAll(async () => {
    await server.end();
    removeDirectory(store);
  });

  function write(body: Uint8Array, headers: Readonly<Record<string, string>>): Promise<HttpReply> {
    return http(`${server.url}/api/v1/write`, { method: 'POST', body, headers });
  }

  test('stores requests of both versions, and tells version 2.0 how much it wrote', async () => {
    const first = await write(fixture('v1'), { 'content-type': V1, 'content-encoding': 'snappy' });
    const second = await write(fixture('v2'), { 'content-type': V2, 'content-encoding': 'snappy' });

    expect(first).toMatchObject({ status: 204, body: '' });
    expect(first.headers).not.toHaveProperty('x-prometheus-remote-write-samples-written');
    expect(second).toMatchObject({
      status: 204,
      body: '',
      headers: {
        'x-prometheus-remote-write-samples-written': '16',
        'x-prometheus-remote-write-histograms-written': '3',
        'x-prometheus-remote-write-exemplars-written': '1',
      },
    });
    expect(payloads(store)).toHaveLength(13 + 12);
    expect(storedStreams(store)).toMatchObject([{ path: '/api/v1/write', events: 13 }, { events: 12 }]);
  });

  test('reads a body without Content-Encoding as Snappy, and accepts gzip and zstd', async () => {
    const before = payloads(store).length;
    const plain = series(label('__name__', 'm'));

    const silent = await write(fixture('v1'), { 'content-type': `${V1};proto=prometheus.WriteRequest` });
    const zipped = await write(gzipSync(plain), { 'content-type': V1, 'content-encoding': 'gzip' });
    const zstd = await write(zstdStored(plain), { 'content-type': V1, 'content-encoding': 'zstd' });

    expect([silent.status, zipped.status, zstd.status]).toEqual([204, 204, 204]);
    expect(payloads(store)).toHaveLength(before + 15);
  });

  test.each([
    [{ 'content-type': 'application/json' }, 'io.prometheus.write.v2.Request'],
    [{ 'content-type': `${V1};proto=other.Request` }, 'prometheus.WriteRequest'],
    [{ 'content-type': V1, 'content-encoding': 'lz4' }, 'send snappy'],
  ])('refuses %j with 415, and says what is taken', async (headers, message) => {
    expect(await write(fixture('v1'), headers)).toMatchObject({ status: 415, body: saying(message) });
  });

  test('refuses what is no request with 400, and tells the operator why', async () => {
    const reply = await write(Buffer.from('junk'), {
      'content-type': V1,
      'content-encoding': 'snappy',
      'user-agent': 'Prometheus/3.7.3',
    });

    expect(reply).toMatchObject({ status: 400, body: saying('the body is not a block of Snappy') });
    const line = /refused POST \/api\/v1\/write from Prometheus\/3.7.3 \(127.0.0.1\): the body is not a block/;
    await until(() => line.test(server.said()));
  });

  test('stores what is right of a request, says what is not, and how much it wrote', async () => {
    const before = payloads(store).length;
    const body = Buffer.concat([series(label('job', 'nameless')), series(label('__name__', 'right'))]);

    const reply = await write(gzipSync(body), { 'content-type': V1, 'content-encoding': 'gzip' });

    expect(reply).toMatchObject({ status: 400, body: '1 left out, the first because a series has no __name__\n1\n' });
    expect(payloads(store).slice(before)).toEqual([saying('"metric_name":"right"')]);
    await until(() => server.said().includes('left out 1 event of POST /api/v1/write'));
  });

  test('names its path where other servers take remote write', async () => {
    for (const path of ['/api/v1/push', '/api/prom/push', '/write', '/api/v1/receive']) {
      const reply = await http(`${server.url}${path}`, { method: 'POST', body: fixture('v1') });
      expect(reply).toMatchObject({ status: 404, body: saying('remote write is served at /api/v1/write') });
    }
    expect(await http(`${server.url}/api/v1/write`)).toMatchObject({ status: 405, headers: { allow: 'POST' } });
  });
});
