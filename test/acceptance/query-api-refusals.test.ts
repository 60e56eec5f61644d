import { readFileSync } from 'node:fs';
import { join } from 'node:path';
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
