import zlib from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chunked, http, LAST_CHUNK, post, postHead, postJson, rawSocket } from '../helpers/http.js';
import { serveInProcess, type ServerInProcess } from '../helpers/server-in-process.js';
import { makeDirectory, payloads, storedEvents, storedStreams } from '../helpers/store.js';
import { zstdRepeated } from '../helpers/zstd.js';
import { removeDirectory } from '../helpers/remove-directory.js';

const store = makeDirectory();
let server: ServerInProcess;

beforeAll(async () => {
  server = await serveInProcess({ store });
});
afterAll(async () => {
  await server.end();
  removeDirectory(store);
});

const lastStream = () => storedStreams(store).at(-1)!;

describe('POST /', () => {
  test('given events, then the reply is their decimal count, and durability is stated', async () => {
    const reply = await post(server.url, '{"a":1}\n{"a":2}\n{"a":3}');

    expect(reply).toMatchObject({ status: 200, body: '3\n', headers: { 'telemetry-durability': 'fsync' } });
    expect(reply.headers['content-type']).toBe('text/plain; charset=utf-8');
  });

  test('counts events and duplicates and names the stream for Accept: application/json', async () => {
    const body = '{"event_id":"reply-1"}{"event_id":"reply-1"}{"event_id":"reply-2"}';

    const reply = await http(server.url, { method: 'POST', body, headers: { accept: 'application/json' } });

    expect(reply.headers['content-type']).toBe('application/json');
    const { id } = lastStream();
    expect(reply).toMatchObject({ status: 200, body: `{"accepted":2,"duplicates":1,"stream":${id}}` });
    expect(payloads(store, id)).toEqual(['{"event_id":"reply-1"}', '{"event_id":"reply-2"}']);
  });

  test('takes OTLP documents among events, larger ones too, and counts what they hold', async () => {
    const logs = (...bodies: string[]) =>
      JSON.stringify({
        resourceLogs: [{ scopeLogs: [{ logRecords: bodies.map(stringValue => ({ body: { stringValue } })) }] }],
      });
    const types = ['application/json', 'application/x-ndjson'];
    for (const type of types) {
      const reply = await postJson(server.url, `{"a":1}\n${logs('b', 'c')}\n{"d":1}`, { 'content-type': type });
      expect(reply).toMatchObject({ status: 200, accepted: 4 });
      expect(payloads(store, reply.stream)).toEqual([
        '{"a":1}',
        '{"type":"log","body":"b"}',
        '{"type":"log","body":"c"}',
        '{"d":1}',
      ]);
    }
    const large = logs(...Array.from({ length: 30 }, () => 'x'.repeat(100_000)));
    expect(await postJson(server.url, large)).toMatchObject({ status: 200, accepted: 30 });
    const tooLarge = await postJson(
      server.url,
      `{"a":1}\n${logs(...Array.from({ length: 9 }, () => 'x'.repeat(2_000_000)))}`,
    );
    expect(tooLarge).toMatchObject({ status: 413, accepted: 1, reason: 'event_too_large' });
    expect(tooLarge.error).toContain('/v1/logs');
  });

  test('given a query string, then it is POST / all the same', async () => {
    expect(await post(`${server.url}/?source=test`, '{}')).toMatchObject({ status: 200, body: '1\n' });
  });

  test('given nothing, then the count is 0 and the stream is there with its headers', async () => {
    const reply = await http(server.url, {
      method: 'POST',
      headers: {
        Authorization: 'Bearer abc',
        Cookie: 'session=abc',
        'X-Api-Key': 'abc',
        'X-Source': 'test',
        'X-Tag': ['one', 'two', 'three'],
      },
    });

    expect(reply).toMatchObject({ status: 200, body: '0\n' });
    const stream = lastStream();
    expect(stream).toMatchObject({ transport: 'http', path: '/', events: 0, ended_at: expect.any(Number) as number });
    expect(JSON.parse(stream.headers)).toMatchObject({
      authorization: '***',
      cookie: '***',
      'x-api-key': '***',
      'x-source': 'test',
      'x-tag': ['one', 'two', 'three'],
    });
    expect(stream.headers).not.toContain('abc');
  });

  test('stores values that follow each other in any way byte for byte', async () => {
    const events = [
      '{"a" : 1}',
      '{\n  "pretty": [1,\n 2]\n}',
      '"text"',
      '1.50',
      'true',
      'null',
      '[1,2]',
      '{"é":"\\u00e9"}',
    ];

    expect(await post(server.url, events.join(' ') + '\r\n\n')).toMatchObject({ body: `${events.length}\n` });
    expect(payloads(store, lastStream().id)).toEqual(events);
  });

  test('given two requests in one segment, then each is replied to in order', async () => {
    const raw = await rawSocket(server.port);
    const request = (body: string) =>
      `POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

    await raw.write(request('{}') + request('{}{}'));

    await raw.receive(/\r\n\r\n1\nHTTP[^]*\r\n\r\n2\n$/);
    raw.socket.destroy();
  });
});

describe('a request that offers another protocol', () => {
  const offer = ['connection: Upgrade, HTTP2-Settings', 'upgrade: h2c', 'http2-settings: AAMAAABk', 'x-client: java'];

  test('serves a POST that offers HTTP/2 without it, and the next on its connection', async () => {
    const raw = await rawSocket(server.port);
    await raw.write(postHead(...offer) + chunked('{"offer":1}').toString());
    await raw.write(chunked('{"offer":2}').toString() + LAST_CHUNK);
    await raw.receive(/^HTTP\/1.1 200 [^]*\r\n\r\n2\n$/);
    expect(JSON.parse(lastStream().headers)).toMatchObject({ 'x-client': 'java' });

    await raw.write(postHead(...offer) + LAST_CHUNK);
    await raw.receive(/\r\n\r\n2\nHTTP\/1.1 200 [^]*\r\n\r\n0\n$/);
    raw.socket.destroy();
  });

  test('given 100 Continue is expected, then it comes before the body is sent', async () => {
    const raw = await rawSocket(server.port);
    await raw.write(postHead(...offer, 'expect: 100-continue'));
    await raw.receive(/^HTTP\/1.1 100 Continue/);
    await raw.write(chunked('{}').toString() + LAST_CHUNK);
    await raw.receive(/HTTP\/1.1 200 [^]*\r\n\r\n1\n$/);
    raw.socket.destroy();
  });

  test('given the page of another site, then the offer opens no door', async () => {
    const raw = await rawSocket(server.port);
    await raw.write(postHead(...offer, 'origin: https://example.com') + LAST_CHUNK);
    await raw.receive(/^HTTP\/1.1 403 /);
    raw.socket.destroy();
  });
});

describe('the media type of a body', () => {
  test.each([
    ['application/json', '[{"a":1}, {"a":2},3]', ['{"a":1}', '{"a":2}', '3']],
    ['application/json; charset=utf-8', '[]', []],
    ['application/json', '{"a":1}\n[{"b":[1]}]', ['{"a":1}', '{"b":[1]}']],
    ['application/x-ndjson', '[{"a":1},{"a":2}]\n', ['[{"a":1},{"a":2}]']],
    ['application/x-www-form-urlencoded', '{"type":"log","msg":"a=b&c%20d"}', ['{"type":"log","msg":"a=b&c%20d"}']],
    ['text/plain', 'first line\r\n"second"\n\nlast', ['"first line"', '"\\"second\\""', '""', '"last"']],
    [
      'text/csv',
      'type,n,note\nlog,1,"a ""b"", c"\nlog,,x\n',
      ['{"type":"log","n":1,"note":"a \\"b\\", c"}', '{"type":"log","n":null,"note":"x"}'],
    ],
    ['TEXT/CSV; charset="UTF-8"; header=present', 'a\n1', ['{"a":1}']],
  ])('given %s with %j, then the events are %j', async (type, body, events) => {
    const reply = await postJson(server.url, body, { 'content-type': type });

    expect(reply).toMatchObject({ status: 200, accepted: events.length });
    expect(payloads(store, reply.stream)).toEqual(events);
    expect(storedStreams(store).find(({ id }) => id === reply.stream)!.events).toBe(events.length);
  });

  test('reads JSON in text/plain as JSON, and as text with format=text in the query', async () => {
    const asJson = await postJson(server.url, '{"a":1}', { 'content-type': 'text/plain;charset=UTF-8' });
    const asText = await postJson(`${server.url}/?format=text`, '{"a":1}', { 'content-type': 'text/plain' });
    const unknown = await postJson(`${server.url}/?format=yaml`, 'a: 1', { 'content-type': 'text/plain' });

    expect(storedEvents(store, asJson.stream)).toMatchObject([{ payload: '{"a":1}', encoding: null }]);
    expect(storedEvents(store, asText.stream)).toMatchObject([{ payload: '"{\\"a\\":1}"', encoding: null }]);
    expect(unknown).toMatchObject({ status: 415, error: expect.stringContaining('format=text') as string });
  });

  test('refuses a request with two hosts, as RFC 9112 has it', async () => {
    const raw = await rawSocket(server.port);
    await raw.write('POST / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nContent-Length: 2\r\n\r\n{}');

    await raw.receive(/^HTTP\/1.1 400 [^]*more than one Host/);
    raw.socket.destroy();
  });

  test.each([
    ['the same name twice', 'POST / HTTP/1.1', 'Host: localhost\r\nHOST: localhost'],
    ['two hosts apart from each other', 'POST / HTTP/1.1', 'Host: localhost\r\nX-A: 1\r\nhost: localhost:1'],
    ['two hosts for OTLP', 'POST /v1/logs HTTP/1.1', 'Host: localhost\r\nHost: 127.0.0.1'],
    ['two hosts of a GET', 'GET /healthz HTTP/1.1', 'Host: localhost\r\nHost: 127.0.0.1'],
    [
      'two hosts of a WebSocket',
      'GET / HTTP/1.1',
      'Host: localhost\r\nHost: evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==',
    ],
    [
      'two hosts beside an offer of h2c',
      'POST / HTTP/1.1',
      'Host: localhost\r\nHost: evil.example\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk',
    ],
  ])('answers 400 to %s', async (_, line, hosts) => {
    const raw = await rawSocket(server.port);
    const body = line.startsWith('POST') ? '\r\nContent-Length: 2\r\n\r\n{}' : '\r\n\r\n';
    await raw.write(`${line}\r\n${hosts}${body}`);

    await raw.receive(/^HTTP\/1.1 400 /);
    raw.socket.destroy();
  });
});

/** What `zstd -9` makes of the body below. */
const ZSTD_BODY =
  'KLUv/QRgtQwANiJDErClkAPMmiTlLMldESnfCVlBCT4AOgA9AJMkSZIiIiIi7pFyihDi////t23btmdmZmZmRERERETatm1bkiRJctu2bZMkSZIiIiIi4h4ppwAYhACBgGAgbdu2JEmS5LZt2yZJkiRFRERERAQFBQUFBQUFBQX9////tm3b9szMzMyMiIiIiEjbtm1LkiRJbtu2LbbtmZmZmRkRERERkbZt25YkSZLctm3bJEmSpIiIiIiIsLCwsLCwsLCwsP///9+2bduemZmZmRERERERaQODnwECAcEAwMD///+3bdu2Z2ZmZmZERERERNq2bVuSJEly27ZtkyRJkiIiIiIiAgMDAwMDAwMDA////3/bdoHyqCHotRnhK8saESQECJAfAxj9zt26a3duO/X////f//8x3Llbd+3OHX/+5/u+7/t2fdfu3K27doc///u+7/u+rd+6a3fu1l0H8FRvQHKnhzVZ1apqqUpVq1qqSlWpVKpKVUlVqkpVXZ0qp7qpaqqZKqbqUrVUmUqlwHVdrat1XZ1VHPBXAcjLssw=';

describe('the content encoding of a body', () => {
  const body = Buffer.from(Array.from({ length: 500 }, (_, n) => `{"n":${n}}`).join('\n'));
  const encoded: [string, Uint8Array][] = [
    ['gzip', zlib.gzipSync(body)],
    ['x-gzip', zlib.gzipSync(body)],
    ['deflate', zlib.deflateSync(body)],
    ['br', zlib.brotliCompressSync(body)],
    ['zlib', zlib.deflateSync(body)],
    ['zstd', Buffer.from(ZSTD_BODY, 'base64')],
    ['identity', body],
    ['gzip, br', zlib.brotliCompressSync(zlib.gzipSync(body))],
    ['gzip', Buffer.concat([zlib.gzipSync(body.subarray(0, 1001)), zlib.gzipSync(body.subarray(1001))])],
  ];

  test.each(encoded)('given %s, then the events are those inside', async (encoding, bytes) => {
    const reply = await postJson(server.url, bytes, { 'content-encoding': encoding });

    expect(reply).toMatchObject({ status: 200, accepted: 500 });
    expect(payloads(store, reply.stream).join('\n')).toBe(body.toString());
  });

  test('given nothing, compressed, then the count is 0', async () => {
    expect(await post(server.url, zlib.gzipSync(''), { 'content-encoding': 'gzip' })).toMatchObject({ body: '0\n' });
  });

  test.each(['snappy', 'x-snappy-framed', 'lz4'])(
    'refuses %s with 415 and the list of those that are taken',
    async name => {
      const reply = await post(server.url, 'x', { 'content-encoding': name });

      expect(reply).toMatchObject({ status: 415, headers: { 'accept-encoding': 'gzip, deflate, br, zstd' } });
      expect(reply.body).toContain('send one of gzip, deflate, br, zstd');
    },
  );

  test('refuses a zstd body with too large a window before buffering it', async () => {
    const reply = await post(server.url, zstdRepeated(27, [1000]), { 'content-encoding': 'zstd' });

    expect(reply).toMatchObject({ status: 400, body: expect.stringContaining('cannot be decompressed') as string });
  });

  test('refuses a zstd body that inflates without end', async () => {
    const bomb = zstdRepeated(
      20,
      Array.from({ length: 4000 }, () => 128 * 1024),
    );

    const reply = await post(server.url, bomb, { 'content-encoding': 'zstd', 'content-type': 'text/plain' });

    expect(reply).toMatchObject({ status: 413 });
  });
});
