import { rmSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { registerSchema } from '../../src/store/catalog/schemas.js';
import { databaseFile } from '../../src/store/database/store.js';
import { openEventStore, type EventStore } from '../../src/server/store-events.js';
import { payloads, storedStreams, temporaryStore } from '../helpers/store.js';

async function eventStore(store: string): Promise<EventStore> {
  const opened = await openEventStore({ store, durability: 'none', maxEventSize: 1000, transport: 'run' });
  onTestFinished(() => opened.close());
  return opened;
}

const post = (position: number, ...events: readonly string[]) => ({
  source: 'once:a',
  position,
  checkpoint: '',
  body: Buffer.from(events.map(event => `${event}\n`).join('')),
});

describe('a store of events without a server', () => {
  test('given posts, then each is a stream, and the receipt counts its events', async () => {
    const dir = temporaryStore();
    const { store } = await eventStore(dir);

    expect(store(post(0, '{"event_id":"a"}', '{"n":1}'))).toEqual({
      accepted: 2,
      duplicates: 0,
      stream: 1,
      position: 2,
    });
    expect(store(post(2, '{"event_id":"a"}'))).toEqual({ accepted: 0, duplicates: 1, stream: 2, position: 3 });
    expect(payloads(dir)).toEqual(['{"event_id":"a"}', '{"n":1}']);
    expect(storedStreams(dir).map(({ events, ended_at }) => [events, ended_at !== null])).toEqual([
      [2, true],
      [0, true],
    ]);
  });

  test('given more events than a batch holds, then they are one stream, in order', async () => {
    const dir = temporaryStore();
    const events = Array.from({ length: 20_000 }, (_, n) => `{"n":${n},"text":"${'x'.repeat(n % 300)}"}`);

    expect((await eventStore(dir)).store(post(0, ...events))).toMatchObject({ accepted: 20_000, position: 20_000 });
    expect(payloads(dir)).toEqual(events);
    expect(storedStreams(dir)).toMatchObject([{ events: 20_000 }]);
  });

  test.each([
    ['a schema that rejects', '{"type":"order","n":"x"}', /violates the schema order/],
    ['one that is too large', `{"text":"${'x'.repeat(1000)}"}`, /1000/],
  ])('stores what came before %s, and the receipt tells where and why it ends', async (_, wrong, why) => {
    const dir = temporaryStore();
    const schema = '{"properties":{"n":{"type":"number"}}}';
    registerSchema(dir, { name: 'order', schema, onInvalid: 'reject', now: 0 });
    const { accepted, position, refused } = (await eventStore(dir)).store(post(5, '{"n":1}', wrong, '{"n":2}'));

    expect([accepted, position]).toEqual([1, 6]);
    expect(refused?.message).toMatch(why);
    expect(payloads(dir)).toEqual(['{"n":1}']);
  });

  test('fails when the store was removed meanwhile, since nothing would be on disk', async () => {
    const dir = temporaryStore();
    const { store } = await eventStore(dir);
    rmSync(databaseFile(dir));

    expect(() => store(post(0, '{"n":1}'))).toThrow('was removed or replaced');
  });
});
