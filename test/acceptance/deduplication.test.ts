import { expect, test } from 'vitest';
import { dial } from '../helpers/acks.js';
import { postJson } from '../helpers/http.js';
import { serve } from '../helpers/server.js';
import { payloads, temporaryStore } from '../helpers/store.js';

const event = (id: string | number) => JSON.stringify({ event_id: id, n: 1 });

test('stores an event_id once across requests, connections, restarts and kill -9', async () => {
  const store = temporaryStore();
  const first = ['a', 'b\\u00e9', 'ünï', 7].map(event);
  let server = await serve({ store });

  const inOneRequest = await postJson(server.url, [...first, ...first].join('\n'));
  expect(inOneRequest).toMatchObject({ accepted: 4, duplicates: 4 });
  expect(await postJson(server.url, `[${first.join(',')}]`, { 'content-type': 'application/json' })).toMatchObject({
    accepted: 0,
    duplicates: 4,
  });
  const sender = await dial(server.url);
  for (const text of first) sender.send(text);
  sender.send(event('from a socket'));
  await sender.acked(5);

  expect(await server.end('SIGTERM')).toBe(0);
  server = await serve({ store });
  expect(await postJson(server.url, first.join('') + event('c'))).toMatchObject({ accepted: 1, duplicates: 4 });

  await server.end('SIGKILL');
  server = await serve({ store });
  const all = [...first, event('from a socket'), event('c')];
  expect(await postJson(server.url, all.join(' '))).toMatchObject({ accepted: 0, duplicates: 6 });
  expect(payloads(store)).toEqual(all);
  await server.end();
});

test('stores and acknowledges each event once when many connections send it', async () => {
  const store = temporaryStore();
  const server = await serve({ store });
  const events = Array.from({ length: 500 }, (_, i) => event(`id-${i}`));

  const replies = await Promise.all(Array.from({ length: 8 }, () => postJson(server.url, events.join('\n'))));

  expect(replies.map(({ accepted, duplicates }) => accepted + duplicates)).toEqual(replies.map(() => 500));
  expect(replies.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(500);
  expect(payloads(store).sort()).toEqual([...events].sort());
  await server.end();
});

test('given ids that are no ids, or none, then nothing is taken for a duplicate', async () => {
  const store = temporaryStore();
  const server = await serve({ store });
  const events = [
    '{}',
    '{"event_id":""}',
    '{"event_id":null}',
    '{"event_id":{"a":1}}',
    '{"nested":{"event_id":"x"}}',
    '[{"event_id":"x"}]',
  ];

  expect(await postJson(server.url, [...events, ...events].join('\n'))).toMatchObject({ accepted: 12, duplicates: 0 });
  await server.end('SIGKILL');
  const again = await serve({ store });
  expect(await postJson(again.url, events.join('\n'))).toMatchObject({ accepted: 6, duplicates: 0 });
  await again.end();
});

test('stores only the missing events of a repeated request that failed half-way', async () => {
  const store = temporaryStore();
  const server = await serve({ store });
  const events = Array.from({ length: 10 }, (_, i) => event(i));

  const broken = await postJson(server.url, `${events.slice(0, 6).join('\n')}\n{"event_id":`);
  expect(broken).toMatchObject({ status: 400, accepted: 6 });
  expect(await postJson(server.url, events.join('\n'))).toMatchObject({ accepted: 4, duplicates: 6 });
  expect(payloads(store)).toEqual(events);
  await server.end();
});
