import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { commandInProcess } from '../helpers/command-in-process.js';
import { http } from '../helpers/http.js';
import { attribute, field, fixed64, int, request } from '../helpers/otlp-bytes.js';
import {
  ENCODINGS,
  logs,
  logsIn,
  logsJson,
  MEDIA,
  receiver,
  receiverProcess,
  retryStatus,
  saying,
  secondsIn,
  statusOf,
} from '../helpers/otlp-requests.js';
import { payloads } from '../helpers/store.js';

describe('what may be sent again', () => {
  test.skipIf(process.platform !== 'linux')(
    'answers 503 or UNAVAILABLE with a delay when the journal fails, storing nothing',
    async () => {
      const { server, store, post, call } = await receiverProcess({ under: ['prlimit', '--fsize=1048576:unlimited'] });
      const large = Array.from({ length: 100 }, () => 'x'.repeat(20_000));
      while ((await post('json', '/v1/logs', logsJson(...large))).status === 200);
      const before = payloads(store).length;

      for (const encoding of ENCODINGS) {
        const reply = await post(encoding, '/v1/logs', logsIn(encoding, ...large));
        expect(reply).toMatchObject({ status: 503, headers: { 'retry-after': '2' } });
        expect(statusOf(reply)).toMatchObject({
          encoding,
          code: 14,
          message: expect.stringMatching(/disk|journal/) as string,
        });
      }
      const refused = await call({ body: logs(...large) });
      expect(refused.code).toBe(14);
      expect(refused.details).toEqual(retryStatus(14, refused.message, 2));
      expect(payloads(store)).toHaveLength(before);

      execFileSync('prlimit', ['--pid', String(server.pid), '--fsize=unlimited:unlimited']);
      expect(await post('protobuf', '/v1/logs', logs('a'))).toMatchObject({ status: 200 });
      expect(await call({ body: logs('b') })).toMatchObject({ code: 0 });
      expect(payloads(store).slice(before)).toEqual(['{"type":"log","body":"a"}', '{"type":"log","body":"b"}']);
    },
  );

  test('answers 429 or RESOURCE_EXHAUSTED with a delay to a sender past its limit', async () => {
    const { store, post, call } = await receiver({ args: ['--rate-limit', '2/h'] });
    expect(await post('protobuf', '/v1/logs', logs('a', 'b', 'c'))).toMatchObject({ status: 200, body: '' });

    for (const encoding of ENCODINGS) {
      const reply = await post(encoding, '/v1/logs', logsIn(encoding, 'd'));
      const status = statusOf(reply);
      expect(status).toMatchObject({ encoding, code: 8, message: saying('--rate-limit') });
      expect(reply).toMatchObject({ status: 429, headers: { 'retry-after': String(secondsIn(status.message)) } });
    }
    const refused = await call({ body: logs('d') });
    expect(refused.code).toBe(8);
    expect(secondsIn(refused.message)).toBeGreaterThan(1000);
    expect(refused.details).toEqual(retryStatus(8, refused.message, secondsIn(refused.message)));
    expect(payloads(store)).toHaveLength(3);
  });
});

describe('what is not to be sent again', () => {
  const span = (no: number) => field(2, field(5, `s${no}`), attribute(9, 'n', int(3, no)));
  const point = (no: number) => field(1, fixed64(3, 1n), fixed64(6, BigInt(no)));
  const REQUESTS = {
    traces: {
      member: 'rejectedSpans',
      bytes: request([1, 2, 3].map(span)),
      json: {
        resourceSpans: [
          {
            scopeSpans: [
              {
                spans: [1, 2, 3].map(no => ({
                  name: `s${no}`,
                  attributes: [{ key: 'n', value: { intValue: `${no}` } }],
                })),
              },
            ],
          },
        ],
      },
      schema: { properties: { n: { maximum: 1 } } },
      type: 'trace',
    },
    logs: {
      member: 'rejectedLogRecords',
      bytes: logs('1', 'b', 'c'),
      json: JSON.parse(logsJson('1', 'b', 'c')) as object,
      schema: { properties: { body: { const: '1' } } },
      type: 'log',
    },
    metrics: {
      member: 'rejectedDataPoints',
      bytes: request([field(2, field(1, 'm'), field(5, ...[1, 2, 3].map(point)))]),
      json: {
        resourceMetrics: [
          {
            scopeMetrics: [
              {
                metrics: [
                  { name: 'm', gauge: { dataPoints: [1, 2, 3].map(no => ({ timeUnixNano: '1', asInt: `${no}` })) } },
                ],
              },
            ],
          },
        ],
      },
      schema: { properties: { metric_value: { maximum: 1 } } },
      type: 'metric',
    },
  };

  test('counts events that a schema rejects by signal in partial_success, with a reason', async () => {
    const { store, post, call } = await receiver({});
    for (const { type, schema } of Object.values(REQUESTS)) {
      writeFileSync(join(store, 'schema.json'), JSON.stringify(schema));
      const args = ['schema', 'register', type, 'schema.json', '--on-invalid', 'reject', '--store', store];
      expect(await commandInProcess(args, { cwd: store })).toMatchObject({ code: 0 });
    }

    for (const signal of ['traces', 'logs', 'metrics'] as const) {
      const { member, bytes, json, type } = REQUESTS[signal];
      const inJson = await post('json', `/v1/${signal}`, JSON.stringify(json));
      const inProtobuf = await post('protobuf', `/v1/${signal}`, bytes);
      const overGrpc = await call({ service: signal, body: bytes });

      const { partialSuccess } = JSON.parse(inJson.body) as { partialSuccess: Record<string, string> };
      const why = partialSuccess.errorMessage!;
      expect(partialSuccess).toEqual({ [member]: '2', errorMessage: why });
      expect(why).toMatch(new RegExp(`^2 left out, the first because an event violates the schema ${type}: `));
      const expected = field(1, int(1, 2), field(2, why));
      expect(inJson).toMatchObject({ status: 200, headers: { 'content-type': MEDIA.json } });
      expect(inProtobuf).toMatchObject({ status: 200, headers: { 'content-type': MEDIA.protobuf } });
      expect(Buffer.from(inProtobuf.body)).toEqual(expected);
      expect(overGrpc).toMatchObject({ code: 0, response: expected });
    }
    expect(payloads(store)).toHaveLength(9);
  });

  test('stores the others of a batch with one bad record, and says so, however it comes', async () => {
    const { server, store, post, call } = await receiver({});
    const bad = field(2, field(5, field(1, Buffer.from([0xff]))));
    const batch = request([field(2, field(5, field(1, 'a'))), bad, field(2, field(5, field(1, 'b')))]);
    const text = (stringValue: string) => ({ body: { stringValue } });
    const logRecords = [text('a'), { ...text('bad'), timeUnixNano: 1e40 }, { body: { intValue: 1e20 } }];
    const json = JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] });

    const inJson = await post('json', '/v1/logs', json);
    const inProtobuf = await post('protobuf', '/v1/logs', batch);
    const overGrpc = await call({ body: batch });

    expect(inJson.status).toBe(200);
    expect(JSON.parse(inJson.body)).toEqual({
      partialSuccess: { rejectedLogRecords: '1', errorMessage: saying('1 left out, the first because "timeUnixNano"') },
    });
    const expected = field(
      1,
      int(1, 1),
      field(2, '1 left out, the first because a string of the request is not valid UTF-8'),
    );
    expect(inProtobuf.status).toBe(200);
    expect(Buffer.from(inProtobuf.body)).toEqual(expected);
    expect(overGrpc).toMatchObject({ code: 0, response: expected });
    const bodies = payloads(store).map(payload => (JSON.parse(payload) as { body: unknown }).body);
    expect(bodies).toEqual(['a', '100000000000000000000', 'a', 'b', 'a', 'b']);
    const metrics = (await http(`${server.url}/metrics`)).body;
    expect(metrics).toContain('telemetry_refused_total{reason="invalid_otlp"} 1');
    expect(metrics).toContain('telemetry_refused_total{reason="invalid_utf8"} 2');
  });

  test('asks for smaller batches when a request is too large, also once decompressed', async () => {
    const { server, store, post, call } = await receiver({ args: ['--durability', 'none'] });
    const tooLarge = Buffer.alloc(129 * 1024 * 1024);

    const plain = await post('protobuf', '/v1/logs', tooLarge);
    const inflated = await post('json', '/v1/logs', gzipSync(tooLarge), { 'content-encoding': 'gzip' });
    const called = await call({ body: tooLarge });
    const calledInGzip = await call({ body: tooLarge, isGzip: true });

    expect(plain.status).toBe(413);
    expect(statusOf(plain)).toMatchObject({
      encoding: 'protobuf',
      code: 8,
      message: saying('larger'),
    });
    expect(inflated.status).toBe(413);
    expect(statusOf(inflated)).toMatchObject({ encoding: 'json', code: 8 });
    // Without RetryInfo: the same would fail again.
    for (const refused of [called, calledInGzip]) expect(refused).toMatchObject({ code: 8, details: undefined });
    expect(payloads(store)).toEqual([]);
    const { body } = await http(`${server.url}/metrics`);
    expect(body).toContain('telemetry_refused_total{reason="request_too_large"} 2');
    expect(body).toContain('telemetry_refused_total{reason="inflates_too_much"} 2');
    expect(await call({ body: logs('small'), isGzip: true })).toMatchObject({ code: 0 });
  });
});
