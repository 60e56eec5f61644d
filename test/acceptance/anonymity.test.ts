import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { SOURCE_HEADERS } from '../../src/core/source.js';
import { telemetry } from '../cli/command.js';
import { dial } from '../helpers/acks.js';
import { http, post, postJson, type HttpReply } from '../helpers/http.js';
import { serveInProcess, type ServerInProcess } from '../helpers/server-in-process.js';
import { makeDirectory, payloads, readStore, storedEvents, temporaryStore } from '../helpers/store.js';
import { removeDirectory } from '../helpers/remove-directory.js';

async function serving(args: readonly string[], store = temporaryStore()): Promise<ServerInProcess> {
  const server = await serveInProcess({ store, args });
  onTestFinished(() => void server.end());
  return server;
}

/** Every byte of a store: the database and its log, as they lie on the disk. */
function bytesOf(store: string): Buffer {
  return Buffer.concat(readdirSync(store).map(file => readFileSync(join(store, file))));
}

/** What nobody may find in a store, in any of the forms that it can be sent in. */
const SECRETS = [
  'ada.lovelace@example.com',
  'ada.lovelace',
  'ada.lovelace@example.com'.replace('@', '\\u0040'),
  Buffer.from('ada.lovelace@example.com').toString('base64').slice(4, 24),
  '198.51.100.77',
  '2001:db8::beef',
  '4111111111111111',
  '4111 1111 1111 1111',
  'hunter2-the-secret',
  'user-4711-of-ours',
  'street 12, nowhere',
  'nothing of this debug event',
];

const RULES = [
  ...['--redact', 'email,ip,credit-card,auth.password'],
  ...['--hash', 'user.id', 'session'],
  ...['--drop', 'user.address'],
  ...['--deny-type', 'debug'],
];

const EVENT = {
  type: 'login',
  msg: 'from ada.lovelace@example.com at 198.51.100.77',
  user: { id: 'user-4711-of-ours', address: 'street 12, nowhere', tags: ['x', { mail: 'ada.lovelace@example.com' }] },
  'auth.password': 'hunter2-the-secret',
  peer: ['2001:db8::beef'],
  paid: { card: 4111111111111111, shown: '4111 1111 1111 1111' },
  'ada.lovelace@example.com': true,
};

test('keeps what rules name out of the store, for every way in, and counts all', async () => {
  const server = await serving(RULES);
  const json = JSON.stringify(EVENT);
  const headers = { 'x-forwarded-for': '198.51.100.77, 2001:db8::beef', from: 'ada.lovelace@example.com' };
  const debug = JSON.stringify({ type: 'debug', msg: 'nothing of this debug event' });
  const csv = 'type,msg,session\nlogin,from ada.lovelace@example.com,user-4711-of-ours\n';

  expect(
    await post(`${server.url}/?user=ada.lovelace@example.com`, `${json}\n${json.replaceAll('@', '\\u0040')}`, headers),
  ).toMatchObject({ body: '2\n' });
  expect(await post(server.url, JSON.stringify([EVENT, EVENT]), { 'content-type': 'application/json' })).toMatchObject({
    body: '2\n',
  });
  expect(await post(server.url, gzipSync(json), { 'content-encoding': 'gzip' })).toMatchObject({ body: '1\n' });
  expect(await post(server.url, csv, { 'content-type': 'text/csv' })).toMatchObject({ body: '1\n' });
  expect(
    await post(server.url, 'GET 198.51.100.77 by ada.lovelace@example.com\n', { 'content-type': 'text/plain' }),
  ).toMatchObject({ body: '1\n' });
  expect(await postJson(server.url, `${debug}${json}`)).toMatchObject({ accepted: 1, denied: 1 });
  const socket = await dial(server.url, headers, '/of/ada.lovelace@example.com/198.51.100.77');
  socket.send(json);
  socket.send('plain text of ada.lovelace@example.com');
  socket.send(Buffer.from('\xff binary of ada.lovelace@example.com', 'latin1'));
  socket.send(debug);
  await socket.acked(4);
  socket.socket.terminate();

  const bytes = bytesOf(server.store);
  expect(SECRETS.filter(secret => bytes.includes(secret))).toEqual([]);
  expect(payloads(server.store)).toHaveLength(11);
  const { body } = await http(`${server.url}/metrics`);
  for (const rule of ['email', 'ip', 'credit-card', 'redact', 'hash', 'drop']) {
    expect(body).toMatch(new RegExp(`telemetry_redactions_total\\{rule="${rule}"\\} [1-9]`));
  }
  expect(body).toContain('telemetry_events_denied_total 2');
  expect(await server.end()).toBe(0);
  expect(SECRETS.filter(secret => bytesOf(server.store).includes(secret))).toEqual([]);
});

test('redacts the address, path and headers of a stream with --redact ip', async () => {
  const server = await serving(['--redact', 'ip']);
  await post(server.url, '{}', { 'x-forwarded-for': '198.51.100.77' });

  const [stream] = readStore<{ remote: string; headers: string }>(server.store, 'select remote, headers from streams');
  expect(stream!.remote).toBe('[ip]');
  expect(JSON.parse(stream!.headers)).toMatchObject({
    'x-forwarded-for': '[ip]',
    host: expect.stringMatching(/^\[ip\]:/) as string,
  });
});

test('keeps hashes across a restart, and stores a hashed event_id once', async () => {
  const store = temporaryStore();
  const rules = ['--hash', 'user', '--redact', 'email'];
  const event = '{"event_id":"ada@example.com","user":"ada"}';
  const first = await serving(rules, store);
  await post(first.url, event);
  await first.end();
  const second = await serving(rules, store);

  expect(await postJson(second.url, event)).toMatchObject({ accepted: 0, duplicates: 1 });
  await post(second.url, '{"user":"ada"}');
  const users = storedEvents(store).map(({ payload }) => (JSON.parse(payload) as { user: string }).user);
  expect(new Set(users).size).toBe(1);
  expect(users).toHaveLength(2);
});

test('acknowledges the denied events of a WebSocket', async () => {
  const server = await serving(['--deny-type', 'event']);
  const sender = await dial(server.url);
  for (let i = 0; i < 3; i++) sender.send('{}');
  await sender.acked(3);
  sender.socket.terminate();

  expect(payloads(server.store)).toEqual([]);
});

test('given rules in the environment, then they hold as those of flags do', async () => {
  const store = temporaryStore();
  const server = await serveInProcess({ store, env: { TELEMETRY_REDACT: 'email,msg', TELEMETRY_DROP: 'a' } });
  onTestFinished(() => void server.end());
  await post(server.url, '{"a":1,"msg":"m","to":"ada@example.com"}');

  expect(payloads(store)).toEqual(['{"msg":"[redacted]","to":"[email]"}']);
});

test('refuses a source named after a person, and hides the name of such a file', async () => {
  const server = await serving(['--redact', 'email']);
  const source = (source: string, checkpoint: string): Promise<HttpReply> =>
    post(server.url, '{"a":1}', {
      [SOURCE_HEADERS.source]: encodeURIComponent(source),
      [SOURCE_HEADERS.position]: '0',
      [SOURCE_HEADERS.checkpoint]: encodeURIComponent(checkpoint),
    });
  const refused = { status: 400, body: expect.stringContaining('use a hash of it') as string };
  expect(await source('of ada.lovelace@example.com', '')).toMatchObject(refused);
  expect(await source('a', 'at ada.lovelace@example.com')).toMatchObject(refused);

  const dir = makeDirectory();
  onTestFinished(() => removeDirectory(dir));
  const file = join(dir, 'ada.lovelace@example.com.ndjson');
  writeFileSync(file, '{"a":2}\n');
  expect(await telemetry(['ingest', file, '--store', server.store], { cwd: dir })).toMatchObject({ code: 0 });

  expect(payloads(server.store)).toEqual([`{"a":2,"file":"${dir}/[email]"}`]);
  expect(bytesOf(server.store).includes('ada.lovelace')).toBe(false);
});
