import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import WebSocket from 'ws';
import { telemetry } from '../cli/command.js';
import { dial } from '../helpers/acks.js';
import { commandInProcess } from '../helpers/command-in-process.js';
import { makeAuthority, makeCertificate, type CertificateFiles } from '../helpers/certificates.js';
import { post, rawSocket } from '../helpers/http.js';
import { serve, type ServeSetup } from '../helpers/server.js';
import { serveInProcess, type ServerInProcess } from '../helpers/server-in-process.js';
import { makeDirectory, payloads, temporaryStore, until } from '../helpers/store.js';
import { removeDirectory } from '../helpers/remove-directory.js';

const dir = makeDirectory();
afterAll(() => removeDirectory(dir));
let authority: CertificateFiles;
let server1: CertificateFiles;
let server2: CertificateFiles;
let client: CertificateFiles;
beforeAll(() => {
  authority = makeAuthority(dir, 'authority');
  server1 = makeCertificate(dir, 'one.example', authority);
  server2 = makeCertificate(dir, 'two.example', authority);
  client = makeCertificate(dir, 'client.example', authority);
});

const setupOf = ({ cert, key }: CertificateFiles, ...args: string[]): ServeSetup => ({
  store: temporaryStore(),
  args: ['--tls-cert', cert, '--tls-key', key, ...args],
});

async function serving(files: CertificateFiles, ...args: string[]): Promise<ServerInProcess> {
  const server = await serveInProcess(setupOf(files, ...args));
  onTestFinished(async () => {
    await server.end();
  });
  return server;
}

/** A POST over TLS, the server's certificate checked for a name. */
async function postSecurely(url: string, body: string, name: string, options: RequestOptions = {}) {
  const sent = httpsRequest(url, {
    method: 'POST',
    ca: readFileSync(authority.cert),
    servername: name,
    agent: false,
    ...options,
  });
  sent.end(body);
  const [reply] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
  return { status: reply.statusCode, body: await text(reply) };
}

/** What `openssl s_client` prints when it sends a request. */
async function sClient(port: number, input: string, ...args: string[]): Promise<string> {
  const child = spawn('openssl', [
    's_client',
    '-quiet',
    '-connect',
    `127.0.0.1:${port}`,
    '-CAfile',
    authority.cert,
    ...args,
  ]);
  child.stdin.on('error', () => undefined);
  child.stdin.write(input);
  const [out] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return out;
}

const REQUEST = 'POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 7\r\n\r\n{"a":1}';

describe('a server with a certificate', () => {
  test('serves openssl s_client, https and wss, and plain HTTP on the same port', async () => {
    const server = await serving(server1);
    const seen = await sClient(server.port, REQUEST, '-verify_return_error', '-verify_hostname', 'one.example');
    expect(seen).toMatch(/200 OK[^]*\r\n\r\n1\n$/);
    expect(await postSecurely(server.url, '{"b":2}', 'one.example')).toEqual({ status: 200, body: '1\n' });
    const socket = new WebSocket(server.url.replace('https', 'wss'), { rejectUnauthorized: false });
    await once(socket, 'open');
    socket.send('{"c":3}');
    const [ack] = (await once(socket, 'message')) as [Buffer];
    expect(ack.toString()).toBe('1');
    socket.terminate();

    expect(await post(server.url.replace('https', 'http'), '{"d":4}')).toMatchObject({ status: 200 });
    expect(server.url).toMatch(/^https:/);
    expect(payloads(server.store)).toHaveLength(4);
    expect(await server.end()).toBe(0);
  });

  test('survives data that is neither TLS nor HTTP, and hang-ups in the handshake', async () => {
    const server = await serving(server1);
    const garbage = await rawSocket(server.port);
    await garbage.write(Buffer.from([0x16, 3, 1, 0, 5, 1, 2, 3, 4, 5, 6, 7]));
    await garbage.closed;
    const early = await rawSocket(server.port);
    await early.write(Buffer.from([0x16]));
    early.socket.resetAndDestroy();
    await rawSocket(server.port).then(({ socket }) => socket.destroy());

    expect(await postSecurely(server.url, '{}', 'one.example')).toMatchObject({ status: 200 });
  });

  test('ends the connection of a client that closes its direction at once', async () => {
    const server = await serving(server1);
    const { socket, closed } = await rawSocket(server.port);
    socket.end();

    await closed;
  });

  test('tells in its reply what is stored of a POST when the server stops', async () => {
    const server = await serving(server1);
    const open = connect({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false });
    let received = '';
    open.on('data', (chunk: Buffer) => (received += chunk.toString()));
    open.write('POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 70\r\n\r\n{"a":1}\n{"a":2}\n');
    await until(() => payloads(server.store).length === 2);
    const ended = server.end();

    await until(() => /^HTTP\/1\.1 503 [^]*\r\n\r\n.*\n2\n/.test(received));
    open.destroy();
    expect(await ended).toBe(0);
  });

  test('given TLS 1.1, then it is refused', async () => {
    const server = await serving(server1);
    const out = await sClient(server.port, REQUEST, '-tls1_1', '-cipher', 'ALL:@SECLEVEL=0');

    expect(out).not.toContain('200');
  });

  test('uses changed files for new connections after SIGHUP, and keeps open ones', async () => {
    const files = { cert: join(dir, 'current.pem'), key: join(dir, 'current.key') };
    const use = ({ cert, key }: CertificateFiles): void => {
      copyFileSync(cert, files.cert);
      copyFileSync(key, files.key);
    };
    use(server1);
    const server = await serve(setupOf(files));
    onTestFinished(() => void server.end());
    const open = connect({
      port: server.port,
      host: '127.0.0.1',
      ca: readFileSync(authority.cert),
      servername: 'one.example',
    });
    await once(open, 'secureConnect');
    use(server2);
    server.process.kill('SIGHUP');
    await until(() => server.said().includes('reloaded the certificate'));

    expect(await postSecurely(server.url, '{}', 'two.example')).toMatchObject({ status: 200 });
    open.write(REQUEST);
    expect(await text(open)).toContain('200 OK');
    writeFileSync(files.key, 'no key');
    server.process.kill('SIGHUP');
    await until(() => server.said().includes('keeps the old one'));
    expect(await postSecurely(server.url, '{}', 'two.example')).toMatchObject({ status: 200 });
    expect(await server.end()).toBe(0);
  });

  test('knows the certificate of the own store in send; --url needs the authority', async () => {
    const server = await serving(server1);
    const named = `https://localhost:${server.port}`;

    expect(await telemetry(['send', 'hi', '--store', server.store], { cwd: dir })).toEqual({
      code: 0,
      out: '1\n',
      err: '',
    });
    expect(await telemetry(['send', 'hi', '--url', named], { cwd: dir })).toMatchObject({
      code: 1,
      err: expect.stringMatching(/is not trusted[^]*--ca-cert/) as string,
    });
    // The authority is right, and the name is not.
    expect(await telemetry(['send', 'hi', '--url', named, '--ca-cert', authority.cert], { cwd: dir })).toMatchObject({
      code: 1,
    });
    expect(payloads(server.store)).toHaveLength(1);
  });
});

describe('--require-tls', () => {
  test('answers plain HTTP and WebSocket with 426 and a remedy, and stores nothing', async () => {
    const server = await serving(server1, '--require-tls');
    const plain = server.url.replace('https', 'http');

    expect(await post(plain, '{}')).toMatchObject({
      status: 426,
      body: expect.stringContaining('https://') as string,
      headers: { upgrade: 'TLS/1.2, HTTP/1.1' },
    });
    await expect(dial(plain)).rejects.toThrow('426');
    expect((await telemetry(['send', 'hi', '--url', plain], { cwd: dir })).err).toMatch(/426[^]*https:\/\//);
    expect(payloads(server.store)).toEqual([]);
    expect(await postSecurely(server.url, '{}', 'one.example')).toMatchObject({ status: 200 });
  });
});

describe('--tls-client-ca', () => {
  test('serves only clients with a certificate of that authority', async () => {
    const server = await serving(server1, '--tls-client-ca', authority.cert, '--host', '0.0.0.0');
    const url = `https://127.0.0.1:${server.port}`;
    const stranger = makeCertificate(dir, 'stranger.example', makeAuthority(dir, 'other'));
    const own = ({ cert, key }: CertificateFiles) => ({ cert: readFileSync(cert), key: readFileSync(key) });

    expect(await postSecurely(url, '{}', 'one.example', own(client))).toMatchObject({ status: 200 });
    await expect(postSecurely(url, '{}', 'one.example')).rejects.toThrow();
    await expect(postSecurely(url, '{}', 'one.example', own(stranger))).rejects.toThrow();
    expect(await post(url.replace('https', 'http'), '{}')).toMatchObject({ status: 426 });
    const args = ['send', 'hi', '--store', server.store, '--client-cert', client.cert, '--client-key', client.key];
    expect(await telemetry(args, { cwd: dir })).toMatchObject({ code: 0, out: '1\n' });
    expect(await sClient(server.port, REQUEST, '-cert', client.cert, '-key', client.key)).toContain('200 OK');
    expect(payloads(server.store)).toHaveLength(3);
  });

  test('presents the certificate in each sending command, and fails at once without', async () => {
    const server = await serving(server1, '--tls-client-ca', authority.cert);
    const own = ['--store', server.store, '--client-cert', client.cert, '--client-key', client.key];
    const file = join(dir, 'import.ndjson');
    writeFileSync(file, '{"imported":1}\n');

    for (const args of [
      ['send', 'hi'],
      ['ingest', file],
    ]) {
      const refused = await telemetry([...args, '--store', server.store], { cwd: dir });
      expect(refused.code).toBe(1);
      expect(refused.err).toMatch(/asks for a client certificate\n.*--client-cert FILE and --client-key FILE/);
    }
    const unsent = await telemetry(['run', '--store', server.store, '--', 'echo', 'lost'], { cwd: dir });
    expect(unsent).toMatchObject({ code: 0, out: 'lost\n' });
    expect(unsent.err).toContain('asks for a client certificate');
    expect(payloads(server.store)).toEqual([]);

    expect(await telemetry(['ingest', ...own, file], { cwd: dir })).toMatchObject({ code: 0 });
    const shown = 'echo $OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE';
    const ran = await telemetry(['run', ...own, '--', 'sh', '-c', shown], { cwd: dir });
    expect(ran).toMatchObject({ code: 0, out: `${client.cert}\n`, err: '' });
    expect(payloads(server.store)).toHaveLength(3);
  });
});

test.each([
  ['a certificate without a key', () => ['--tls-cert', server1.cert], 2],
  ['--require-tls without a certificate', () => ['--require-tls'], 2],
  ['a key of another certificate', () => ['--tls-cert', server1.cert, '--tls-key', server2.key], 1],
  ['a file that is not there', () => ['--tls-cert', '/no/such', '--tls-key', server2.key], 1],
  ['a file that is no certificate', () => ['--tls-cert', server1.key, '--tls-key', server1.key], 1],
])('given %s, then the server says so and does not start', async (...given) => {
  const [, args, code] = given;
  const store = temporaryStore();
  const refused = await commandInProcess(['serve', '--port', '0', '--store', store, ...args()], { cwd: store });

  expect(refused.code).toBe(code);
  expect(refused.err).toMatch(/^telemetry: .*(TLS|key|cannot read|certificate)/);
});
