import { expect, test } from 'vitest';
import { http, postJson } from '../../helpers/http.js';
import { serve } from '../../helpers/server.js';
import { payloads, readStore, temporaryStore } from '../../helpers/store.js';

const headers = (position: number, checkpoint = '', source = 'file:/ä b') => ({
  'telemetry-feed': encodeURIComponent(source),
  'telemetry-feed-position': String(position),
  'telemetry-feed-checkpoint': encodeURIComponent(checkpoint),
});

const feeds = (store: string) =>
  readStore<Record<string, unknown>>(store, 'select source, position, checkpoint from feeds');

test('given a POST of a feed, when it is sent again, then its events are there once, and the reply says where the feed is', async () => {
  const server = await serve({ store: temporaryStore() });
  const first = await postJson(server.url, '{"n":1}\n{"n":2}', headers(0, 'start'));
  const again = await postJson(server.url, '{"n":1}\n{"n":2}\n{"n":3}', headers(0, 'start'));
  const next = await postJson(server.url, '{"n":4}', headers(3, 'a third of it'));

  expect(first).toMatchObject({ status: 200, accepted: 2, duplicates: 0, position: 2 });
  expect(again).toMatchObject({ status: 200, accepted: 1, duplicates: 2, position: 3 });
  expect(next).toMatchObject({ status: 200, accepted: 1, duplicates: 0, position: 4 });
  expect(payloads(server.store)).toEqual([1, 2, 3, 4].map(n => `{"n":${n}}`));
  expect(feeds(server.store)).toEqual([{ source: 'file:/ä b', position: 4, checkpoint: 'a third of it' }]);
  const listed = await http(`${server.url}/feeds?prefix=${encodeURIComponent('file:/ä')}`);
  expect(JSON.parse(listed.body)).toEqual(feeds(server.store));
  expect((await http(`${server.url}/feeds?prefix=other`)).body).toBe('[]');
  await server.end();
});

test('given two POSTs of the same events at once, when both are answered, then each event is there once and in order', async () => {
  const server = await serve({ store: temporaryStore() });
  const body = Array.from({ length: 5000 }, (_, n) => `{"n":${n}}`);
  await Promise.all([1, 2, 3].map(() => postJson(server.url, body.join('\n'), headers(0))));

  expect(payloads(server.store)).toEqual(body);
  await server.end();
});

test('given a POST whose end is no JSON, when it is sent again mended, then the events before are not stored twice', async () => {
  const server = await serve({ store: temporaryStore() });
  const broken = await postJson(server.url, '{"n":1}\n{"n":2}\n{"n":oops', headers(0));
  await postJson(server.url, '{"n":1}\n{"n":2}\n{"n":3}', headers(0));

  expect(broken).toMatchObject({ status: 400, accepted: 2, position: 2 });
  expect(payloads(server.store)).toEqual([1, 2, 3].map(n => `{"n":${n}}`));
  await server.end();
});

test('given a server that was killed, when another goes on with the store, then it knows how far each feed is', async () => {
  const store = temporaryStore();
  const before = await serve({ store });
  await postJson(before.url, '{"n":1}', headers(0, 'x'));
  await before.end('SIGKILL');
  const after = await serve({ store });
  await postJson(after.url, '{"n":1}\n{"n":2}', headers(0, 'x'));

  expect(payloads(store)).toEqual(['{"n":1}', '{"n":2}']);
  await after.end();
});

test.each([
  [{ 'telemetry-feed': 'a' }],
  [{ 'telemetry-feed': 'a', 'telemetry-feed-position': '-1' }],
  [{ 'telemetry-feed': '%', 'telemetry-feed-position': '1' }],
])('given the headers %j, then the POST is refused and nothing of it is stored', async feed => {
  const server = await serve({ store: temporaryStore() });
  expect(await postJson(server.url, '{}', feed)).toMatchObject({ status: 400, reason: 'invalid_feed', accepted: 0 });
  expect(payloads(server.store)).toEqual([]);
  await server.end();
});
