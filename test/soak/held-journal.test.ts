import { expect, test } from 'vitest';
import { dial } from '../helpers/acks.js';
import { holdJournal } from '../helpers/hold-journal.js';
import { post } from '../helpers/http.js';
import { serve } from '../helpers/server.js';
import { payloads, temporaryStore } from '../helpers/store.js';

test('answers 503 with Retry-After while the journal is locked, and recovers', async () => {
  const store = temporaryStore();
  const server = await serve({ store });
  await post(server.url, '{"before":1}');
  const release = holdJournal(store);
  const sender = await dial(server.url);
  sender.send('{"socket":1}');

  const reply = await post(server.url, '{"refused":1}');

  expect(reply).toMatchObject({ status: 503, headers: { 'retry-after': '2' } });
  expect(reply.body).toMatch(/^the journal cannot be written: .+\n0\n$/);
  expect(await sender.closed).toMatchObject({ code: 1011 });
  expect(sender.acks).toEqual([]);
  release();
  expect(await post(server.url, '{"after":1}')).toMatchObject({ status: 200, body: '1\n' });
  expect(payloads(store)).toEqual(['{"before":1}', '{"after":1}']);
  await server.end();
});
