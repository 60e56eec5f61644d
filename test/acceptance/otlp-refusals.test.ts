import { expect, onTestFinished, test } from 'vitest';
import { createToken } from '../../src/store/catalog/tokens.js';
import { makeAuthority, makeCertificate } from '../helpers/certificates.js';
import { http, rawSocket } from '../helpers/http.js';
import { ENCODINGS, logs, logsJson, MEDIA, receiver, saying, statusOf } from '../helpers/otlp-requests.js';
import { makeDirectory, payloads, temporaryStore } from '../helpers/store.js';
import { removeDirectory } from '../helpers/remove-directory.js';

test('answers a wrong token with 401, UNAUTHENTICATED, a missing scope with 403', async () => {
  const store = temporaryStore();
  const query = createToken(store, 'reader', ['query'], 1);
  const { post, call } = await receiver({ store });

  for (const [authorization, status, code] of [
    ['Bearer wrong', 401, 16],
    [`Bearer ${query}`, 403, 7],
  ] as const) {
    for (const encoding of ENCODINGS) {
      const reply = await post(encoding, '/v1/traces', '', { authorization });
      expect(reply.status).toBe(status);
      expect(statusOf(reply)).toMatchObject({ encoding, code, message: saying('token') });
    }
    expect(await call({ body: logs('a'), headers: { authorization } })).toMatchObject({ code, details: undefined });
  }
  expect(payloads(store)).toEqual([]);
});

test('answers an unserved request with a Status in the encoding of the request', async () => {
  const { url, post } = await receiver({ args: ['--cors', 'https://shop.example'] });
  const foreign = [
    [{ origin: 'https://evil.example' }, 'foreign_origin'],
    [{ host: 'evil.example' }, 'foreign_host'],
  ] as const;

  for (const encoding of ENCODINGS) {
    for (const [headers] of foreign) {
      const refused = await post(encoding, '/v1/traces', '', headers);
      expect(refused.status).toBe(403);
      expect(statusOf(refused)).toMatchObject({
        encoding,
        code: 7,
        message: saying('evil.example'),
      });
    }
    const missing = await post(encoding, '/v1/traces/v1/traces', '');
    expect(missing.status).toBe(404);
    expect(statusOf(missing)).toEqual({
      encoding,
      code: 12,
      message: 'nothing is served at /v1/traces/v1/traces; OTLP is served at /v1/traces',
    });
    const read = await http(`${url}/v1/logs`, { headers: { 'content-type': MEDIA[encoding] } });
    expect(read).toMatchObject({ status: 405, headers: { allow: 'POST' } });
    expect(statusOf(read)).toMatchObject({ encoding, code: 12 });
    const encoded = await post(encoding, '/v1/metrics', 'x', { 'content-encoding': 'compress' });
    expect(encoded.status).toBe(415);
    expect(statusOf(encoded)).toMatchObject({ encoding, code: 3, message: saying('compress') });
  }
  const text = await http(`${url}/v1/logs`, { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } });
  expect(text.status).toBe(415);
  expect(statusOf(text)).toMatchObject({
    encoding: 'json',
    code: 3,
    message: saying('"text/plain"'),
  });
  // What is no path of OTLP is told as ever.
  expect(await http(`${url}/v1/other`)).toMatchObject({ status: 404, body: saying('POST events') });
});

test('given plain HTTP where TLS is required, then 426 comes with a Status', async () => {
  const dir = makeDirectory();
  onTestFinished(() => removeDirectory(dir));
  const { cert, key } = makeCertificate(dir, 'tls.example', makeAuthority(dir, 'authority'));
  const { server, store, call } = await receiver({ args: ['--tls-cert', cert, '--tls-key', key, '--require-tls'] });

  for (const encoding of ENCODINGS) {
    const reply = await http(`http://127.0.0.1:${server.port}/v1/traces`, {
      method: 'POST',
      body: '',
      headers: { 'content-type': MEDIA[encoding] },
    });
    expect(reply).toMatchObject({ status: 426, headers: { upgrade: 'TLS/1.2, HTTP/1.1' } });
    expect(statusOf(reply)).toMatchObject({ encoding, code: 9, message: saying('https://') });
  }
  expect(await call({ body: logs('a') })).toMatchObject({ code: 14 });
  expect(payloads(store)).toEqual([]);
});

test('given a body that stops arriving, then 408 comes with a Status', async () => {
  const { server, store } = await receiver({ args: ['--idle-timeout', '200ms'] });
  const raw = await rawSocket(server.port);
  await raw.write(
    `POST /v1/logs HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${MEDIA.json}\r\ncontent-length: 100\r\n\r\n{`,
  );

  const [, body] = await raw.receive(/^HTTP\/1.1 408 [^]*application\/json[^]*\r\n\r\n(\{.*\})/);

  expect(JSON.parse(body!)).toEqual({ code: 4, message: 'nothing was sent for 0.2 s' });
  raw.socket.destroy();
  expect(payloads(store)).toEqual([]);
});

test('lets a page of an allowed origin send its headers and read errors', async () => {
  const { url, post } = await receiver({ args: ['--cors', 'https://shop.example', '--rate-limit', '1/h'] });
  const headers = { origin: 'https://shop.example' };

  const preflight = await http(`${url}/v1/traces`, {
    method: 'OPTIONS',
    headers: {
      ...headers,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type,x-tenant,traceparent',
    },
  });
  await post('json', '/v1/logs', logsJson('a', 'b'), headers);
  const refused = await post('json', '/v1/logs', logsJson('c'), headers);

  expect(preflight).toMatchObject({
    status: 204,
    headers: {
      'access-control-allow-origin': headers.origin,
      'access-control-allow-headers': 'content-type,x-tenant,traceparent',
      'access-control-allow-methods': saying('POST'),
    },
  });
  expect(refused).toMatchObject({
    status: 429,
    headers: {
      'access-control-allow-origin': headers.origin,
      'access-control-expose-headers': saying('retry-after'),
    },
  });
});
