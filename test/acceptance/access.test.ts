import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { dial } from '../helpers/acks.js';
import { http, post, rawSocket } from '../helpers/http.js';
import { serveRefused } from '../helpers/server.js';
import { serveInProcess, type ServerInProcess } from '../helpers/server-in-process.js';
import { makeDirectory, storedStreams, temporaryStore } from '../helpers/store.js';
import { removeDirectory } from '../helpers/remove-directory.js';

const PAGE = 'https://app.example.com';

/** The status that a WebSocket handshake is refused with. */
function refusedWith(url: string, headers: Record<string, string>): Promise<number> {
  const socket = new WebSocket(url.replace('http', 'ws'), { headers });
  return new Promise((resolve, reject) => {
    socket.on('unexpected-response', (_, reply) => {
      resolve(reply.statusCode!);
      reply.destroy();
    });
    socket.on('open', () => reject(new Error('it was let in')));
    socket.on('error', () => undefined);
  });
}

describe('a server with a token', () => {
  const store = makeDirectory();
  let server: ServerInProcess;
  beforeAll(async () => {
    server = await serveInProcess({ store, env: { TELEMETRY_TOKEN: 's3cret' } });
  });
  afterAll(async () => {
    await server.end();
    removeDirectory(store);
  });

  test.each([
    ['none', {}],
    ['a wrong one', { authorization: 'Bearer s3cre' }],
    ['an empty one', { authorization: 'Bearer ' }],
    ['a wrong password', { authorization: `Basic ${Buffer.from('me:no').toString('base64')}` }],
    ['a wrong key', { 'x-api-key': 'no' }],
  ])('given %s, then 401 over HTTP and WebSocket, and nothing is stored', async (...given) => {
    const [, headers] = given;

    const reply = await http(server.url, { method: 'POST', body: '{}', headers: headers });

    expect(reply).toMatchObject({ status: 401, body: expect.stringContaining('Authorization: Bearer') as string });
    expect(reply.headers['www-authenticate']).toMatch(/^Bearer/);
    expect(await refusedWith(server.url, headers as Record<string, string>)).toBe(401);
    expect(storedStreams(store).filter(({ events }) => events === 0)).toEqual([]);
  });

  test.each([
    ['a bearer token', { authorization: 'Bearer s3cret' }],
    ['its scheme in lower case', { authorization: 'bearer s3cret' }],
    ['a password', { authorization: `Basic ${Buffer.from('me:s3cret').toString('base64')}` }],
    ['a key', { 'x-api-key': 's3cret' }],
  ])('given the token as %s, then it is let in, and the token is not in the store', async (...given) => {
    const [, headers] = given;

    expect(await post(server.url, '{}', headers as Record<string, string>)).toMatchObject({ status: 200 });
    const sender = await dial(server.url, headers);
    sender.send('{}');
    await sender.acked(1);
    sender.socket.terminate();

    expect(JSON.stringify(storedStreams(store))).not.toContain('s3cret');
  });

  test('answers a large body without the token with 401 and keeps the connection whole', async () => {
    expect(await post(server.url, ' '.repeat(3_000_000))).toMatchObject({ status: 401 });
  });

  test('given no token, then metrics are closed and health is open', async () => {
    expect(await http(`${server.url}/metrics`)).toMatchObject({ status: 401 });
    expect(await http(`${server.url}/healthz`)).toMatchObject({ status: 200 });
  });

  test('given any Host and the token, then it is let in', async () => {
    const headers = { host: 'telemetry.example.com', authorization: 'Bearer s3cret' };

    expect(await post(server.url, '{}', headers)).toMatchObject({ status: 200 });
  });

  test('given refused handshakes that reset their connections, then the server lives', async () => {
    for (let i = 0; i < 20; i++) {
      const raw = await rawSocket(server.port);
      raw.socket.write('GET / HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
      if (i % 2) await raw.receive(/401/);
      raw.socket.resetAndDestroy();
      await raw.closed;
    }

    expect(await http(`${server.url}/healthz`)).toMatchObject({ status: 200 });
  });

  test('given the banner, then it does not show the token', () => {
    expect(server.said()).not.toContain('s3cret');
    expect(server.said()).toContain('$TELEMETRY_TOKEN');
  });
});

describe('a server without --cors', () => {
  const store = makeDirectory();
  let server: ServerInProcess;
  beforeAll(async () => {
    server = await serveInProcess({ store, args: ['--allow-host', 'telemetry.example.com'] });
  });
  afterAll(async () => {
    await server.end();
    removeDirectory(store);
  });

  test.each([
    ['the page of another site', { origin: PAGE }],
    ['a page of this machine on another port', { origin: 'http://localhost:1' }],
    ['a page without an origin of its own', { origin: 'null' }],
    ['a name that was made to point here', { host: 'evil.example.com' }],
    ['a page behind such a name', { host: 'evil.example.com', origin: 'http://evil.example.com' }],
    ['a name that looks like an address', { host: '127.0.0.1.example.com' }],
  ])('given %s, then 403 over HTTP and WebSocket', async (...given) => {
    const headers = given[1] as Record<string, string>;

    expect(await post(server.url, '{}', headers)).toMatchObject({
      status: 403,
      body: expect.stringMatching(/--(cors|allow-host)/) as string,
    });
    expect(await http(`${server.url}/metrics`, { headers })).toMatchObject({ status: 403 });
    expect(await http(server.url, { method: 'OPTIONS', headers })).toMatchObject({ status: 403 });
    expect(await refusedWith(server.url, headers)).toBe(403);
    expect(storedStreams(store).filter(stream => stream.headers.includes('evil'))).toEqual([]);
  });

  test.each([
    ['localhost'],
    ['LOCALHOST:4318'],
    ['127.0.0.1:9'],
    ['[::1]:4318'],
    ['app.localhost'],
    ['telemetry.example.com:80'],
  ])('given the host %s, then it is served', async host => {
    expect(await post(server.url, '{}', { host })).toMatchObject({ status: 200 });
  });

  test('given its own page, then it is served', async () => {
    expect(await post(server.url, '{}', { origin: server.url })).toMatchObject({ status: 200 });
  });
});

describe('a server with --cors', () => {
  const store = makeDirectory();
  let server: ServerInProcess;
  beforeAll(async () => {
    server = await serveInProcess({ store, args: ['--cors', PAGE] });
  });
  afterAll(async () => {
    await server.end();
    removeDirectory(store);
  });

  test('given the preflight of that page, then it may send what it asks for', async () => {
    const reply = await http(server.url, {
      method: 'OPTIONS',
      headers: {
        origin: PAGE,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,x-source',
      },
    });

    expect(reply).toMatchObject({ status: 204, body: '' });
    expect(reply.headers).toMatchObject({
      'access-control-allow-origin': PAGE,
      'access-control-allow-headers': 'content-type,x-source',
      'access-control-allow-methods': expect.stringContaining('POST') as string,
      vary: 'origin',
    });
  });

  test('lets the requests of that page carry credentials, as those of sendBeacon do', async () => {
    const headers = { origin: PAGE, 'access-control-request-method': 'POST' };
    const allowed = { 'access-control-allow-credentials': 'true' };

    expect((await http(server.url, { method: 'OPTIONS', headers })).headers).toMatchObject(allowed);
    expect((await post(server.url, '{}', { origin: PAGE })).headers).toMatchObject(allowed);
  });

  test('given a POST of that page, then its reply may be read; a fault as well', async () => {
    const allowed = { 'access-control-allow-origin': PAGE };

    expect(await post(server.url, '{}', { origin: PAGE })).toMatchObject({ status: 200, headers: allowed });
    expect(await post(server.url, 'x', { origin: PAGE })).toMatchObject({ status: 400, headers: allowed });
  });

  test('given a WebSocket of that page, then it is let in', async () => {
    const sender = await dial(server.url, { origin: PAGE });
    sender.send('{}');
    await sender.acked(1);
    sender.socket.terminate();
  });

  test('given another page, then 403 and no leave to read it', async () => {
    const reply = await post(server.url, '{}', { origin: 'https://other.example.com' });

    expect(reply.status).toBe(403);
    expect(reply.headers).not.toHaveProperty('access-control-allow-origin');
  });
});

test.each([
  ['*', PAGE],
  ['*', 'null'],
  ['null', 'null'],
])('lets no page carry credentials that --cors %s does not name, such as %s', async (cors, origin) => {
  const server = await serveInProcess({ store: temporaryStore(), args: ['--cors', cors] });
  const headers = { origin, 'access-control-request-method': 'POST' };

  const reply = await http(server.url, { method: 'OPTIONS', headers });

  expect(reply.headers).toMatchObject({ 'access-control-allow-origin': origin });
  expect(reply.headers).not.toHaveProperty('access-control-allow-credentials');
  await server.end();
});

describe('an address beyond loopback', () => {
  test.each([['0.0.0.0'], ['::'], ['192.0.2.1'], ['example.com']])(
    'given %s and no token, then exit code 2 names the ways out',
    async host => {
      const { code, err } = await serveRefused({ store: temporaryStore(), args: ['--host', host] });

      expect(code).toBe(2);
      expect(err).toMatch(/--token[^]*--allow-anonymous/);
    },
  );

  test.each([
    ['--allow-anonymous', ['--allow-anonymous'], {}],
    ['a token', [], { TELEMETRY_TOKEN: 't' }],
  ])('given 0.0.0.0 and %s, then it serves', async (...given) => {
    const [, args, env] = given;
    const server = await serveInProcess({
      store: temporaryStore(),
      args: ['--host', '0.0.0.0', ...args],
      env: env,
    });

    const reply = await post(`http://127.0.0.1:${server.port}`, '{}', { authorization: 'Bearer t' });

    expect(reply.status).toBe(200);
    expect(await server.end()).toBe(0);
  });
});
