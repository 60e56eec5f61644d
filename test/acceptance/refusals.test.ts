import zlib from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chunked, http, post, postHead, postJson, rawSocket } from '../helpers/http.js';
import { serveInProcess, type ServerInProcess } from '../helpers/server-in-process.js';
import { makeDirectory, payloads, storedStreams } from '../helpers/store.js';
import { removeDirectory } from '../helpers/remove-directory.js';

const MAX_EVENT = 10_000;
const store = makeDirectory();
let server: ServerInProcess;

beforeAll(async () => {
  server = await serveInProcess({ store, args: ['--max-event-size', String(MAX_EVENT)] });
});
afterAll(async () => {
  await server.end();
  removeDirectory(store);
});

async function refusedCount(reason: string): Promise<number> {
  const { body } = await http(`${server.url}/metrics`);
  return Number(new RegExp(`^telemetry_refused_total\\{reason="${reason}"\\} (\\d+)$`, 'm').exec(body)?.[1] ?? 0);
}

const event = (length: number) => `{"a":"${'x'.repeat(length - 8)}"}`;

describe('a body with a fault', () => {
  test.each([
    ['bad JSON', {}, '{"a":1}\n{"a":2}\n{"a":nope}\n{"a":4}', 400, 'invalid_json', { line: 3, offset: 21 }],
    ['a truncated event', {}, '{"a":1}\n{"a":2}\n{"a":', 400, 'truncated_json', { line: 3, offset: 21 }],
    ['a truncated array', { 'content-type': 'application/json' }, '[1,\n2', 400, 'truncated_json', { line: 2 }],
    [
      'invalid UTF-8',
      {},
      Buffer.from('{"a":1}\n{"a":2}\n{"a":"\xff"}', 'latin1'),
      400,
      'invalid_utf8',
      { line: 3, offset: 22 },
    ],
    ['UTF-8 that ends early', {}, Buffer.from('1 2 "\xc3', 'latin1'), 400, 'invalid_utf8', { line: 1 }],
    ['an event over the limit', {}, `1 2\n${event(MAX_EVENT + 1)}\n3`, 413, 'event_too_large', { line: 2 }],
    [
      'a CSV row that is too long',
      { 'content-type': 'text/csv' },
      'a,b\n1,2\n3,4,5\n',
      400,
      'invalid_csv',
      { line: 3 },
    ],
    ['an unclosed quote in CSV', { 'content-type': 'text/csv' }, 'a\n1\n2\n"3', 400, 'invalid_csv', {}],
    [
      'a CSV cell over the limit',
      { 'content-type': 'text/csv' },
      `a\n1\n2\n${'x'.repeat(MAX_EVENT + 1)}`,
      413,
      'event_too_large',
      {},
    ],
    [
      'invalid UTF-8 in CSV',
      { 'content-type': 'text/csv' },
      Buffer.from('a\n1\n2\n\xff\n', 'latin1'),
      400,
      'invalid_utf8',
      {},
    ],
    [
      'a text line over the limit',
      { 'content-type': 'text/plain' },
      `1\n2\n${'x'.repeat(MAX_EVENT + 1)}`,
      413,
      'event_too_large',
      { line: 3 },
    ],
    ['deep nesting', {}, `1 2 ${'['.repeat(1001)}`, 400, 'nested_too_deep', { line: 1 }],
  ])('given %s, then what came before is kept and counted, and the reply says where', async (...given) => {
    const [, headers, body, status, reason, place] = given;
    const before = await refusedCount(reason);

    const reply = await postJson(server.url, body, headers);

    expect(reply).toMatchObject({ status, reason, duplicates: 0, ...place });
    expect(reply.accepted).toBe(body.toString().startsWith('a,b') ? 1 : 2);
    expect(reply.error).toMatch(/\w+ \w+/);
    expect(payloads(store, reply.stream)).toHaveLength(reply.accepted);
    expect(storedStreams(store).find(({ id }) => id === reply.stream)!.events).toBe(reply.accepted);
    expect(await refusedCount(reason)).toBe(before + 1);
  });

  test('names the problem and its position in line 1 of a plain reply, counts in line 2', async () => {
    const reply = await post(server.url, '{"a":1}\n{"a":2]');

    expect(reply.status).toBe(400);
    expect(reply.body.split('\n')).toEqual([expect.stringMatching(/"\]".*\(line 2, byte offset 14\)$/), '1', '']);
  });

  test('given an event of exactly the limit, then it is taken', async () => {
    expect(await post(server.url, event(MAX_EVENT))).toMatchObject({ status: 200, body: '1\n' });
  });

  test('answers 413 while an endless event is sent, and ends the connection', async () => {
    const raw = await rawSocket(server.port);
    await raw.write(postHead() + chunked('{"kept":1}\n"').toString());
    const sending = setInterval(() => raw.socket.write(chunked('x'.repeat(1000))), 1);

    const [reply] = await raw.receive(/^HTTP\/1.1 413 [^]*\r\n\r\n.*\n1\n/);
    await raw.closed;
    clearInterval(sending);

    expect(reply).toContain('larger than 10000 bytes');
    expect(reply.toLowerCase()).toContain('connection: close');
  });

  test('given a refused sender that stays and says nothing, then its connection ends', async () => {
    const raw = await rawSocket(server.port);
    await raw.write(postHead() + chunked('{oops').toString());

    await raw.receive(/^HTTP\/1.1 400 /);
    await raw.closed;
  });

  test('given a large body after the fault, then the client still gets the reply', async () => {
    const reply = await postJson(server.url, `1 nope ${' '.repeat(3_000_000)}`);

    expect(reply).toMatchObject({ status: 400, accepted: 1, offset: 2 });
  });
});

describe('a compressed body with a fault', () => {
  const lines = Buffer.from(Array.from({ length: 20_000 }, (_, n) => `{"n":${n},"r":${Math.sin(n)}}`).join('\n'));

  test.each(['gzip', 'deflate', 'br'])('given a body that is no %s, then 400', async encoding => {
    const reply = await postJson(server.url, 'this is no such thing at all', { 'content-encoding': encoding });

    expect(reply).toMatchObject({ status: 400, reason: 'cannot_decompress', accepted: 0 });
  });

  test.each([
    ['gzip', zlib.gzipSync(lines)],
    ['deflate', zlib.deflateSync(lines)],
    ['br', zlib.brotliCompressSync(lines, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } })],
  ])('answers 400 to %s cut in the middle, and keeps the events of the first half', async (...given) => {
    const [encoding, bytes] = given;

    const reply = await postJson(server.url, bytes.subarray(0, bytes.length / 2), { 'content-encoding': encoding });

    expect(reply).toMatchObject({ status: 400, reason: 'cannot_decompress' });
    expect(reply.accepted).toBeGreaterThan(5000);
    expect(payloads(store, reply.stream).join('\n')).toBe(
      lines.toString().split('\n').slice(0, reply.accepted).join('\n'),
    );
  });

  test('given an unknown encoding, then 415', async () => {
    expect(await postJson(server.url, '{}', { 'content-encoding': 'lzw' })).toMatchObject({
      status: 415,
      reason: 'unsupported_media',
      accepted: 0,
    });
  });

  test('given a charset other than UTF-8, then 415', async () => {
    expect(await post(server.url, '{}', { 'content-type': 'text/plain; charset=utf-16' })).toMatchObject({
      status: 415,
    });
  });

  test.each([
    ['gzip', (bytes: Uint8Array) => zlib.gzipSync(bytes)],
    [
      'br',
      (bytes: Uint8Array) => zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 3 } }),
    ],
  ])('given a bomb of %s, then 413 before it is inflated, and the server has not grown', async (...given) => {
    const [encoding, compress] = given;
    const bomb = compress(Buffer.alloc(90_000_000, ' '));

    const reply = await postJson(server.url, bomb, { 'content-encoding': encoding });

    expect(reply).toMatchObject({ status: 413, reason: 'inflates_too_much' });
    expect(reply.offset).toBeLessThan(80_000_000);
  });
});

describe('what is not served', () => {
  test.each([
    ['GET', '/nowhere', 404, undefined],
    ['POST', '/v0/events', 404, undefined],
    ['GET', '/constructor', 404, undefined],
    ['PUT', '/', 405, 'POST, GET, HEAD'],
    ['DELETE', '/', 405, 'POST, GET, HEAD'],
    ['POST', '/healthz', 405, 'GET, HEAD'],
    ['POST', '/metrics', 405, 'GET, HEAD'],
  ])('given %s %s, then %d', async (method, path, status, allow) => {
    const reply = await http(server.url + path, { method, body: '{}' });

    expect(reply.status).toBe(status);
    expect(reply.headers.allow).toBe(allow);
    expect(reply.body).toMatch(/served/);
  });

  test('given bytes that are no HTTP, then 400, and the server goes on', async () => {
    const raw = await rawSocket(server.port);
    await raw.write('\x16\x03\x01 hello\r\n\r\n');

    await raw.receive(/^HTTP\/1.1 400/);
    await raw.closed;
    expect(await post(server.url, '1')).toMatchObject({ status: 200 });
  });

  test('given headers that are too large, then 431', async () => {
    const raw = await rawSocket(server.port);
    await raw.write(`GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`);

    await raw.receive(/^HTTP\/1.1 431/);
    await raw.closed;
  });
});
