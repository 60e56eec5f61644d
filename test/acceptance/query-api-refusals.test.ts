import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { http, postJson, type HttpReply } from '../helpers/http.js';
import { removeDirectory } from '../helpers/remove-directory.js';
import { serveInProcess, type ServerInProcess } from '../helpers/server-in-process.js';
import { makeDirectory, temporaryStore } from '../helpers/store.js';

const PAGE = 'https://app.example';

let server: ServerInProcess;
let authorization: string;
beforeAll(async () => {
  server = await serveInProcess({ store: makeDirectory(), args: ['--query-processes', '1', '--cors', PAGE] });
  authorization = `Bearer ${readFileSync(join(server.store, 'read.token'), 'utf8').trim()}`;
  await postJson(server.url, '{"type":"log","n":1}');
});

afterAll(async () => {
  await server.end();
  removeDirectory(server.store);
});

type Ask = NonNullable<Parameters<typeof http>[1]>;

/** A request with the token of the local user. */
function ask(path: string, { headers, ...rest }: Ask = {}): Promise<HttpReply> {
  return http(server.url + path, { ...rest, headers: { authorization, ...headers } });
}

/** The status, the type and the members of a JSON error. */
function errorOf({ status, headers, body }: HttpReply): object {
  return { status, type: headers['content-type'], ...(JSON.parse(body) as object) };
}

const containing = (text: string): string => expect.stringContaining(text) as string;

describe('an error of /api is JSON', () => {
  test.each<[string, string, Ask, number, string]>([
    ['without a token', '/api/stats', { headers: { authorization: '' } }, 401, 'unauthorized'],
    ['for a wrong token', '/api/query', { body: '{}', headers: { authorization: 'Bearer x' } }, 401, 'unauthorized'],
    ['for a page of another origin', '/api/tail', { headers: { origin: 'https://evil.example' } }, 403, 'forbidden'],
    ['for an unknown path', '/api/nosuch', {}, 404, 'not_found'],
    ['for the wrong method', '/api/query', {}, 405, 'wrong_method'],
  ])('%s', async (_name, path, request, status, kind) => {
    expect(errorOf(await ask(path, request))).toMatchObject({ status, type: 'application/json', kind });
  });

  test('where the server answers no queries', async () => {
    const other = await serveInProcess({ store: temporaryStore(), args: ['--query-processes', '0'] });
    const reply = await http(`${other.url}/api/stats`);
    expect(errorOf(reply)).toMatchObject({ status: 503, type: 'application/json', kind: 'unavailable' });
    expect(reply.headers).toHaveProperty('retry-after');
  });

  test('and not at the paths of senders', async () => {
    const reply = await http(`${server.url}/api/collect`);
    expect(reply).toMatchObject({ status: 405, body: 'only POST is served here\n' });
    expect(await http(`${server.url}/api/v1/nosuch`)).toMatchObject({ status: 404, body: containing('nothing is') });
  });
});

test('a reply without a token says where one comes from', async () => {
  const reply = await http(`${server.url}/api/stats`);
  expect(reply.headers['www-authenticate']).toBe('Bearer realm="telemetry"');
  expect(errorOf(reply)).toMatchObject({
    error: containing('a token is required'),
    detail: expect.stringMatching(/read\.token.*telemetry token create NAME --scope read/) as string,
  });
});

describe('a page that --cors allows to send', () => {
  test('may not read, and the error does not name --cors as a way', async () => {
    const reply = await ask('/api/query', { body: '{"sql":"select 1"}', headers: { origin: PAGE } });
    expect(errorOf(reply)).toMatchObject({ status: 403, error: containing('--cors lets pages send, not read') });
    expect(reply.headers).not.toHaveProperty('access-control-allow-origin');
  });

  test('is refused in the preflight, which it is not for sending', async () => {
    const headers = { origin: PAGE, 'access-control-request-method': 'POST' };
    const asked = await http(`${server.url}/api/query`, { method: 'OPTIONS', headers });
    expect(asked.status).toBe(403);
    expect(asked.headers).not.toHaveProperty('access-control-allow-origin');
    const sending = await http(server.url, { method: 'OPTIONS', headers });
    expect(sending).toMatchObject({ status: 204, headers: { 'access-control-allow-origin': PAGE } });
  });
});

describe('an error speaks of the request, not of a command line', () => {
  const COMMAND_LINE = /(?:^|\s)--?[a-z]|telemetry query|shell/;

  test.each<[object, string, string]>([
    [{ sql: '' }, 'usage', '"sql" is empty'],
    [{ sql: 7 }, 'usage', '"sql" must be a text'],
    [{ sql: '-- nothing' }, 'usage', 'there is no SQL to run'],
    [{ sql: '-' }, 'sql', 'syntax error'],
    [{ sql: `select '${'x'.repeat(1024 * 1024)}'` }, 'sql', '"sql" has 1048585 characters: the limit is 1048576'],
    [{ sql: 'select 1', limit: -1 }, 'usage', '"limit": "-1" is not a whole number'],
    [{ sql: 'select 1', by: 'nope' }, 'usage', '"by": "nope" is not one of time, received'],
    [{ sql: 'select 1', tz: 'Mars' }, 'usage', '"tz": "Mars" is not a time zone'],
    [{ sql: 'select 1', since: 'someday' }, 'usage', '"since": "someday" is not a point in time'],
    [{ sql: 'select 1', until: [] }, 'usage', '"until" must be a text or a number'],
    [{ sql: 'select 1', timeout: 5 }, 'usage', '"timeout": "5" is not a duration'],
    [{ sql: 'select 1', params: { a: 1 } }, 'usage', '"params" has "a", but "sql" does not contain $a'],
    [{ sql: 'select 1', params: { 'a b': 1 } }, 'usage', '"params" has the name "a b"'],
    [{ sql: 'select $a + $b', params: { b: 1 } }, 'usage', 'the parameter $a, which was given no value'],
    [{ sql: 'from events where n = $n', params: { n: 'x' } }, 'usage', '"n" in "params" is x'],
    [{ sql: 'delete from events' }, 'sql', 'a query cannot run DELETE'],
    [{ sql: `from read_csv('/etc/passwd')` }, 'sql', 'Cannot access file'],
  ])('in a query: %#', async (body, kind, error) => {
    const reply = errorOf(await ask('/api/query', { body: JSON.stringify(body) }));
    expect(reply).toMatchObject({ status: 400, kind, error: containing(error), detail: containing('') });
    expect(JSON.stringify(reply)).not.toMatch(COMMAND_LINE);
  });

  test.each([
    ['/api/stats?by=nosuch', 'usage', '"by": no event has the column "nosuch"'],
    ['/api/stats?by=type&since=x', 'usage', '"since": "x" is not a point in time'],
    ['/api/tail?level=loud', 'usage', '"level": "loud" is not a level'],
    ['/api/tail?lines=x', 'usage', '"lines": "x" is not a whole number'],
    ['/api/tail?from_id=x', 'usage', '"from_id": "x" is not a whole number'],
    ['/api/tail?grep=%5B', 'usage', '"grep": "[" is not a regular expression'],
    ['/api/tail?filter=n%20%3E', 'sql', '"filter": Parser Error'],
  ])('in %s', async (path, kind, error) => {
    const reply = errorOf(await ask(path));
    expect(reply).toMatchObject({ status: 400, kind, error: containing(error) });
    expect(JSON.stringify(reply)).not.toMatch(COMMAND_LINE);
  });

  test('whose detail begins with the place of the error', async () => {
    const reply = await ask('/api/query', { body: '{"sql":"selct"}' });
    expect(errorOf(reply)).toMatchObject({ detail: 'LINE 1: selct\n        ^' });
  });
});

test.each(['abc', '-1', '1.5', '9007199254740991'])('a tail does not continue after the event %s', async id => {
  const reply = await ask('/api/tail', { headers: { 'last-event-id': id } });
  expect(errorOf(reply)).toMatchObject({ status: 400, kind: 'usage', error: containing('Last-Event-ID') });
});

describe('the body of a query', () => {
  const body = Buffer.from('{"sql":"select 1 a"}');

  test.each<[string, (bytes: Buffer) => Buffer]>([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['gzip, br', bytes => brotliCompressSync(gzipSync(bytes))],
    ['identity', bytes => bytes],
  ])('may be encoded as %s', async (encoding, encode) => {
    const reply = await ask('/api/query', { body: encode(body), headers: { 'content-encoding': encoding } });
    expect(reply).toMatchObject({ status: 200, body: '{"a":1}\n' });
  });

  test.each<[string, Buffer, string, number, string]>([
    ['an unknown encoding', body, 'lz4', 415, 'Content-Encoding "lz4" is not supported'],
    ['bytes that are not gzip', body, 'gzip', 400, 'the body cannot be decompressed'],
    ['a decompression bomb', gzipSync(Buffer.alloc(64 * 1024 * 1024)), 'gzip', 413, 'the body has more than 4194304'],
    ['too many bytes', Buffer.alloc(5 * 1024 * 1024, ' '), '', 413, 'the body has more than 4194304 bytes'],
    ['bytes that are not UTF-8', Buffer.from('{"sql":"select 1 \xff"}', 'latin1'), '', 400, 'not valid UTF-8'],
  ])('is refused for %s', async (_name, bytes, encoding, status, error) => {
    const headers = { 'content-encoding': encoding };
    const reply = await ask('/api/query', { body: bytes, headers });
    expect(errorOf(reply)).toMatchObject({ status, kind: 'usage', error: containing(error) });
    expect('accept-encoding' in reply.headers).toBe(status === 415);
  });
});

test('--idle-timeout does not end a query whose client waits', async () => {
  const other = await serveInProcess({
    store: temporaryStore(),
    args: ['--query-processes', '1', '--idle-timeout', '100ms'],
  });
  const secret = readFileSync(join(other.store, 'read.token'), 'utf8').trim();
  const reply = await http(`${other.url}/api/query`, {
    headers: { authorization: `Bearer ${secret}` },
    body: '{"sql":"select count(*) from range(10000000000) a(x) where x * x = 3","timeout":"1s"}',
  });
  expect(errorOf(reply)).toMatchObject({ status: 500, error: containing('longer than 1s') });
  await other.end();
});

test('the seventeenth tail is refused with a time to retry after', async () => {
  const aborter = new AbortController();
  const open = (): Promise<Response> =>
    fetch(`${server.url}/api/tail`, { headers: { authorization }, signal: aborter.signal });
  await Promise.all(Array.from({ length: 16 }, open));
  const refused = await ask('/api/tail');
  expect(errorOf(refused)).toMatchObject({ status: 503, kind: 'busy' });
  expect(refused.headers['retry-after']).toBe('1');
  aborter.abort();
});
