import { expect, test } from 'vitest';
import { http, postJson } from '../../helpers/http.js';
import { serve } from '../../helpers/server.js';
import { serveInProcess } from '../../helpers/server-in-process.js';
import { payloads, readStore, storedEvents, temporaryStore } from '../../helpers/store.js';

const headers = (position: number, checkpoint = '', source = 'file:/ä b') => ({
  'telemetry-feed': encodeURIComponent(source),
  'telemetry-feed-position': String(position),
  'telemetry-feed-checkpoint': encodeURIComponent(checkpoint),
});

const sources = (store: string) =>
  readStore<Record<string, unknown>>(store, 'select source, position, checkpoint from feeds');

test('stores a repeated POST of a source once, and replies with its offset', async () => {
  const server = await serveInProcess({ store: temporaryStore() });
  const first = await postJson(server.url, '{"n":1}\n{"n":2}', headers(0, 'start'));
  const again = await postJson(server.url, '{"n":1}\n{"n":2}\n{"n":3}', headers(0, 'start'));
  const next = await postJson(server.url, '{"n":4}', headers(3, 'a third of it'));

  expect(first).toMatchObject({ status: 200, accepted: 2, duplicates: 0, position: 2 });
  expect(again).toMatchObject({ status: 200, accepted: 1, duplicates: 2, stored_before: 2, position: 3 });
  expect(next).toMatchObject({ status: 200, accepted: 1, duplicates: 0, position: 4 });
  expect(first).not.toHaveProperty('stored_before');
  expect(payloads(server.store)).toEqual([1, 2, 3, 4].map(n => `{"n":${n}}`));
  expect(sources(server.store)).toEqual([{ source: 'file:/ä b', position: 4, checkpoint: 'a third of it' }]);
  const listed = await http(`${server.url}/feeds?prefix=${encodeURIComponent('file:/ä')}`);
  expect(JSON.parse(listed.body)).toEqual(sources(server.store));
  expect((await http(`${server.url}/feeds?prefix=other`)).body).toBe('[]');
  await server.end();
});

test('stores two POSTs of the same events at once only once, in order', async () => {
  const server = await serveInProcess({ store: temporaryStore() });
  const body = Array.from({ length: 5000 }, (_, n) => `{"n":${n}}`);
  await Promise.all([1, 2, 3].map(() => postJson(server.url, body.join('\n'), headers(0))));

  expect(payloads(server.store)).toEqual(body);
  await server.end();
});

test('stores the first events once when a POST with an invalid end is sent mended', async () => {
  const server = await serveInProcess({ store: temporaryStore() });
  const broken = await postJson(server.url, '{"n":1}\n{"n":2}\n{"n":oops', headers(0));
  await postJson(server.url, '{"n":1}\n{"n":2}\n{"n":3}', headers(0));

  expect(broken).toMatchObject({ status: 400, accepted: 2, position: 2 });
  expect(payloads(server.store)).toEqual([1, 2, 3].map(n => `{"n":${n}}`));
  await server.end();
});

test('knows the offset of each source after a server was killed', async () => {
  const store = temporaryStore();
  const before = await serve({ store });
  await postJson(before.url, '{"n":1}', headers(0, 'x'));
  await before.end('SIGKILL');
  const after = await serveInProcess({ store });
  await postJson(after.url, '{"n":1}\n{"n":2}', headers(0, 'x'));

  expect(payloads(store)).toEqual(['{"n":1}', '{"n":2}']);
  await after.end();
});

test('stores each number of a list once, and binary messages as such', async () => {
  const server = await serveInProcess({ store: temporaryStore() });
  const numbered = { ...headers(10), 'telemetry-feed-numbers': '1,5-6,9', 'telemetry-feed-binary': '5' };
  const body = '{"n":11}\n"AAEC"\n"AAEC"\n{"n":19}';
  const first = await postJson(server.url, '{"n":11}\n"AAEC"', numbered);
  const again = await postJson(server.url, body, numbered);
  const tooMany = await postJson(server.url, `${body}\n{"n":20}`, numbered);

  expect(first).toMatchObject({ status: 200, accepted: 2, position: 15 });
  expect(again).toMatchObject({ status: 200, accepted: 2, duplicates: 2, stored_before: 2, position: 19 });
  expect(tooMany).toMatchObject({ status: 400, reason: 'invalid_event', accepted: 0, position: 19 });
  expect(storedEvents(server.store).map(({ payload, encoding }) => [payload, encoding])).toEqual([
    ['{"n":11}', null],
    ['"AAEC"', 'base64'],
    ['"AAEC"', null],
    ['{"n":19}', null],
  ]);
  await server.end();
});

test('refuses a binary message that is not base64', async () => {
  const server = await serveInProcess({ store: temporaryStore() });
  for (const body of ['"AAE"', '"A=EC"', '{"a":1}', '"AA\\u0041C"']) {
    const reply = await postJson(server.url, body, { ...headers(0), 'telemetry-feed-binary': '1' });
    expect(reply).toMatchObject({ status: 400, reason: 'invalid_event', accepted: 0, position: 0 });
  }
  await server.end();
});

test('takes events for this store only, and none that have come from it', async () => {
  const server = await serveInProcess({ store: temporaryStore() });
  const [{ id, epoch }] = readStore<{ id: string; epoch: string }>(server.store, 'select id, epoch from store') as [
    { id: string; epoch: string },
  ];
  const { headers: listed } = await http(`${server.url}/feeds?prefix=`);
  expect(listed['telemetry-store']).toBe(`${id}:${epoch}`);
  const send = (more: Record<string, string>) => postJson(server.url, '{}', { ...headers(0), ...more });

  expect(await send({ 'telemetry-store': `${id}:0` })).toMatchObject({ status: 412, accepted: 0 });
  expect(await send({ 'telemetry-origin': `ab,${id},cd` })).toMatchObject({ status: 409, accepted: 0 });
  expect(await send({ 'telemetry-origin': 'ab, cd' })).toMatchObject({ status: 400, accepted: 0 });
  const taken = { 'telemetry-store': `${id}:${epoch}`, 'telemetry-origin': 'ab,cd' };
  expect(await send(taken)).toMatchObject({ status: 200, accepted: 1 });
  expect(readStore(server.store, 'select origin from streams where events = 1')).toEqual([{ origin: 'ab,cd' }]);
  await server.end();
});

test.each([
  [{ 'telemetry-feed': 'a', 'telemetry-feed-position': '0', 'telemetry-feed-numbers': '2,1' }],
  [{ 'telemetry-feed': 'a' }],
  [{ 'telemetry-feed': 'a', 'telemetry-feed-position': '-1' }],
  [{ 'telemetry-feed': '%', 'telemetry-feed-position': '1' }],
])('given the headers %j, then the POST is refused and nothing of it is stored', async headers => {
  const server = await serveInProcess({ store: temporaryStore() });
  expect(await postJson(server.url, '{}', headers)).toMatchObject({ status: 400, reason: 'invalid_feed', accepted: 0 });
  expect(payloads(server.store)).toEqual([]);
  await server.end();
});
