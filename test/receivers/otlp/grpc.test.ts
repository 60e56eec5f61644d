import { ChannelCredentials } from '@grpc/grpc-js';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { readServerFile } from '../../../src/client/server-file.js';
import { makeAuthority, makeCertificate, type CertificateFiles } from '../../helpers/certificates.js';
import { field, request } from '../../helpers/otlp-bytes.js';
import { exportLogs, grpcAddressOf } from '../../helpers/otlp-grpc.js';
import { serve, serveRefused, type TestServer } from '../../helpers/server.js';
import { makeDirectory, payloads, storedStreams, temporaryStore, until } from '../../helpers/store.js';
import { removeDirectory } from '../../helpers/remove-directory.js';

const dir = makeDirectory();
afterAll(() => removeDirectory(dir));

const logs = (...bodies: readonly string[]): Buffer => request(bodies.map(body => field(2, field(5, field(1, body)))));

async function receiver(...args: readonly string[]): Promise<{ server: TestServer; address: string; store: string }> {
  const store = temporaryStore();
  const server = await serve({ store, args: ['--durability', 'none', '--otlp-grpc', '127.0.0.1:0', ...args] });
  onTestFinished(async () => {
    await server.end();
  });
  return { server, store, address: grpcAddressOf(server) };
}

test('given a call, then it is a stream, and the store says where it was sent', async () => {
  const { address, store } = await receiver();

  expect(await exportLogs(address, { body: logs('a', 'b') })).toMatchObject({ code: 0, response: Buffer.alloc(0) });

  expect(payloads(store)).toEqual(['{"type":"log","body":"a"}', '{"type":"log","body":"b"}']);
  expect(storedStreams(store)).toMatchObject([{ transport: 'otlp-grpc', events: 2 }]);
  expect(readServerFile(store)?.otlpGrpc).toBe(address);
});

test('given a token, then a call without it is UNAUTHENTICATED', async () => {
  const { address, store } = await receiver('--token', 's3cret');

  expect(await exportLogs(address, { body: logs('a') })).toMatchObject({ code: 16 });
  const headers = { authorization: 'Bearer s3cret' };
  expect(await exportLogs(address, { body: logs('b'), headers })).toMatchObject({ code: 0 });
  expect(payloads(store)).toEqual(['{"type":"log","body":"b"}']);
});

test('answers INVALID_ARGUMENT to invalid protobuf, and stores nothing of it', async () => {
  const { address, store } = await receiver();

  const refused = await exportLogs(address, { body: logs('a', 'b').subarray(0, -1) });

  expect(refused).toMatchObject({ code: 3, details: undefined });
  expect(refused.message).toContain('is not valid protobuf');
  expect(payloads(store)).toEqual([]);
});

test('given a certificate, then calls are made over TLS, and SIGHUP renews it', async () => {
  const authority = makeAuthority(dir, 'authority');
  const files = { cert: join(dir, 'current.pem'), key: join(dir, 'current.key') };
  const use = ({ cert, key }: CertificateFiles): void => {
    copyFileSync(cert, files.cert);
    copyFileSync(key, files.key);
  };
  use(makeCertificate(dir, 'one.example', authority));
  const { server, address, store } = await receiver('--tls-cert', files.cert, '--tls-key', files.key);
  const credentials = ChannelCredentials.createSsl(readFileSync(authority.cert));

  expect(await exportLogs(address, { body: logs('a'), credentials, name: 'one.example' })).toMatchObject({ code: 0 });
  expect(await exportLogs(address, { body: logs('plain') })).toMatchObject({ code: 14 });
  use(makeCertificate(dir, 'two.example', authority));
  server.process.kill('SIGHUP');
  await until(() => server.said().includes('reloaded the certificate'));
  expect(await exportLogs(address, { body: logs('b'), credentials, name: 'two.example' })).toMatchObject({ code: 0 });

  expect(payloads(store)).toEqual(['{"type":"log","body":"a"}', '{"type":"log","body":"b"}']);
});

test('refuses a call without a certificate of the given authority', async () => {
  const authority = makeAuthority(dir, 'senders');
  const { cert, key } = makeCertificate(dir, 'grpc.example', authority);
  const { address, store } = await receiver('--tls-cert', cert, '--tls-key', key, '--tls-client-ca', authority.cert);
  const [ca, chain, privateKey] = [authority.cert, cert, key].map(file => readFileSync(file)) as [
    Buffer,
    Buffer,
    Buffer,
  ];
  const call = { body: logs('a'), name: 'grpc.example' };

  expect(await exportLogs(address, { ...call, credentials: ChannelCredentials.createSsl(ca) })).toMatchObject({
    code: 14,
  });
  expect(
    await exportLogs(address, { ...call, credentials: ChannelCredentials.createSsl(ca, privateKey, chain) }),
  ).toMatchObject({ code: 0 });
  expect(payloads(store)).toHaveLength(1);
});

test('does not start on an address that is taken or open to other machines', async () => {
  const { address } = await receiver();

  const taken = await serveRefused({ store: temporaryStore(), args: ['--otlp-grpc', address] });
  const open = await serveRefused({ store: temporaryStore(), args: ['--otlp-grpc', '0.0.0.0:0'] });

  expect(taken).toMatchObject({ code: 1, err: expect.stringContaining(`cannot listen on ${address}`) as string });
  expect(open).toMatchObject({ code: 2, err: expect.stringContaining('0.0.0.0 is reachable') as string });
});
