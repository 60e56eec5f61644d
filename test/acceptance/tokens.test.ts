import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createToken, revokeToken } from '../../src/store/catalog/tokens.js';
import { dial } from '../helpers/acks.js';
import { chunked, http, post, postHead, rawSocket } from '../helpers/http.js';
import { serveInProcess, type ServerInProcess } from '../helpers/server-in-process.js';
import { makeDirectory, payloads, temporaryStore, until } from '../helpers/store.js';
import { removeDirectory } from '../helpers/remove-directory.js';

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('a server on a store with tokens', () => {
  const store = makeDirectory();
  const ingest = createToken(store, 'ingest', ['ingest'], 1);
  const query = createToken(store, 'query', ['query'], 2);
  const admin = createToken(store, 'admin', ['admin'], 3);
  let server: ServerInProcess;
  beforeAll(async () => {
    server = await serveInProcess({ store, args: ['--host', '0.0.0.0', '--token', 'the-old-one'] });
  });
  afterAll(async () => {
    await server.end();
    removeDirectory(store);
  });
  const at = (path = '/') => `http://127.0.0.1:${server.port}${path}`;

  test.each([
    ['ingest', () => ingest, 200, 403],
    ['query', () => query, 403, 200],
    ['admin', () => admin, 200, 200],
    ['the --token', () => 'the-old-one', 200, 200],
    ['none', () => 'tel_00000000_0000000000000000000000000000000000000000000', 401, 401],
  ])('given the scope %s, then it opens what it should and no more', async (...given) => {
    const [, token, toPost, toRead] = given;

    expect(await post(at(), '{}', bearer(token()))).toMatchObject({ status: toPost });
    expect(await http(at('/metrics'), { headers: bearer(token()) })).toMatchObject({ status: toRead });
  });

  test.each([
    ['Bearer', (token: string) => bearer(token)],
    ['Basic', (token: string) => ({ authorization: `Basic ${Buffer.from(`any:${token}`).toString('base64')}` })],
    ['x-api-key', (token: string) => ({ 'x-api-key': token })],
  ])('given the token as %s, then it serves over HTTP and WebSocket', async (...given) => {
    const headers = given[1](ingest);

    expect(await post(at(), '{}', headers as Record<string, string>)).toMatchObject({ status: 200 });
    const sender = await dial(at(''), headers);
    sender.send('{}');
    await sender.acked(1);
    sender.socket.terminate();
  });

  test('given a token with another secret, then it is refused', async () => {
    expect(await post(at(), '{}', bearer(`${ingest.slice(0, -4)}AAAA`))).toMatchObject({ status: 401 });
  });

  test('given every file of the store, then no secret is in it', () => {
    for (const file of readdirSync(store)) {
      const bytes = readFileSync(join(store, file));
      for (const token of [ingest, query, admin]) expect(bytes.includes(token.slice(-20))).toBe(false);
    }
  });

  test('refuses the next request with a revoked token, and serves other tokens', async () => {
    const token = createToken(store, 'short', ['ingest'], 4);
    expect(await post(at(), '{}', bearer(token))).toMatchObject({ status: 200 });
    revokeToken(store, 'short', 5);

    expect(await post(at(), '{}', bearer(token))).toMatchObject({ status: 401 });
    expect(await post(at(), '{}', bearer(ingest))).toMatchObject({ status: 200 });
  });

  test('ends an open WebSocket and POST when their token is revoked, keeping events', async () => {
    const token = createToken(store, 'open', ['ingest'], 6);
    const sender = await dial(at(''), bearer(token));
    sender.send('{"by":"socket"}');
    await sender.acked(1);
    const raw = await rawSocket(server.port);
    await raw.write(postHead(`authorization: Bearer ${token}`));
    await raw.write(chunked('{"by":"post"}\n'));
    await until(() => payloads(store).includes('{"by":"post"}'));
    revokeToken(store, 'open', 7);

    expect(await sender.closed).toEqual({ code: 1008, reason: 'the token was revoked' });
    await raw.receive(/401 Unauthorized[^]*the token was revoked\n1\n/);
    raw.socket.destroy();
  });

  test('delays the replies to wrong tokens but not to right ones', async () => {
    const wrong = bearer('wrong');
    for (let i = 0; i < 6; i++) await post(at(), '{}', wrong);
    let isRefused = false;
    const held = post(at(), '{}', wrong).then(() => (isRefused = true));

    expect(await post(at(), '{}', bearer(ingest))).toMatchObject({ status: 200 });
    expect(isRefused).toBe(false);
    await held;
  });

  test('given guesses, then metrics count them by reason', async () => {
    const { body } = await http(at('/metrics'), { headers: bearer(query) });

    expect(body).toMatch(/telemetry_refused_total\{reason="unauthorized"\} [1-9]/);
    expect(body).toMatch(/telemetry_refused_total\{reason="scope"\} [1-9]/);
  });
});

test('requires a token from the first one on, also once it is revoked', async () => {
  const store = temporaryStore();
  const server = await serveInProcess({ store });
  onTestFinished(() => void server.end());
  expect(await post(server.url, '{}')).toMatchObject({ status: 200 });
  createToken(store, 'first', ['ingest'], 1);
  expect(await post(server.url, '{}')).toMatchObject({ status: 401 });
  revokeToken(store, 'first', 2);
  expect(await post(server.url, '{}')).toMatchObject({ status: 401 });
  await server.end();

  const open = await serveInProcess({ store, args: ['--allow-anonymous'] });
  onTestFinished(() => void open.end());
  expect(await post(open.url, '{}')).toMatchObject({ status: 200 });
});
