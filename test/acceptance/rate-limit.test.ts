import { expect, onTestFinished, test } from 'vitest';
import { createToken } from '../../src/store/catalog/tokens.js';
import { dial } from '../helpers/acks.js';
import { chunked, http, LAST_CHUNK, post, postHead, rawSocket } from '../helpers/http.js';
import { serveInProcess, type ServerInProcess } from '../helpers/server-in-process.js';
import { payloads, temporaryStore } from '../helpers/store.js';

async function limited(rate: string, store = temporaryStore()): Promise<ServerInProcess> {
  const server = await serveInProcess({ store, args: ['--rate-limit', rate] });
  onTestFinished(() => void server.end());
  return server;
}

test('stores a POST over the limit whole, and refuses the next before its body', async () => {
  const server = await limited('10/h');
  expect(await post(server.url, '{}'.repeat(20))).toMatchObject({ status: 200, body: '20\n' });

  const raw = await rawSocket(server.port);
  await raw.write(postHead());
  await raw.receive(/429 Too Many Requests[^]*retry-after: 3[0-9]{3}\r\n[^]*--rate-limit/);
  raw.socket.destroy();

  expect(payloads(server.store)).toHaveLength(20);
  expect((await http(`${server.url}/metrics`)).body).toContain('telemetry_refused_total{reason="rate_limited"} 1');
});

test('refuses the WebSocket handshake of a sender past the limit with 429', async () => {
  const server = await limited('1/h');
  await post(server.url, '{}');

  await expect(dial(server.url)).rejects.toThrow('429');
});

test('given two tokens, then one past its limit does not hold up the other', async () => {
  const store = temporaryStore();
  const [one, other] = ['one', 'other'].map(name => createToken(store, name, ['ingest'], 1)) as [string, string];
  const server = await limited('1/h', store);

  expect(await post(server.url, '{}', { 'x-api-key': one })).toMatchObject({ status: 200 });
  expect(await post(server.url, '{}', { 'x-api-key': one })).toMatchObject({ status: 429 });
  expect(await post(server.url, '{}', { 'x-api-key': other })).toMatchObject({ status: 200 });
});

test('reads a POST that overdraws more slowly and loses nothing', async () => {
  const server = await limited('50/s');
  const raw = await rawSocket(server.port);
  const start = Date.now();
  await raw.write(postHead());
  await raw.write(chunked('{}'.repeat(60)));
  await raw.write(chunked('{}'.repeat(10)));
  await raw.write(LAST_CHUNK);
  await raw.receive(/200 OK[^]*70/);
  raw.socket.destroy();

  expect(Date.now() - start).toBeGreaterThan(150);
});

test('reads a WebSocket that overdraws more slowly and acknowledges all of it', async () => {
  const server = await limited('50/s');
  const sender = await dial(server.url);
  for (let i = 0; i < 60; i++) sender.send('{}');
  await sender.acked(60);
  sender.send('{}');
  await sender.acked(61);
  sender.socket.terminate();
});
