import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dial } from '../helpers/acks.js';
import { http, post, type Counted } from '../helpers/http.js';
import { serve, type TestServer } from '../helpers/server.js';
import { makeDirectory, payloads, readStore } from '../helpers/store.js';
import { damaged } from './damage.js';
import { FUZZ_RUNS, FUZZ_SEED } from './runs.js';
import { FUZZ_TARGETS, MAX_EVENT_BYTES } from './targets.js';
import { removeDirectory } from '../helpers/remove-directory.js';

/** A request costs more than a call. */
const settings = { seed: FUZZ_SEED, numRuns: Math.ceil(FUZZ_RUNS / 5) };

const store = makeDirectory();
let server: TestServer;

beforeAll(async () => {
  server = await serve({ store, args: ['--durability', 'none', '--max-event-size', String(MAX_EVENT_BYTES)] });
});
afterAll(async () => {
  await server.end();
  removeDirectory(store);
});

/** What a stream left in the store is valid JSON, and as many events as its reply said. */
function expectStored(stream: number, accepted: number): void {
  const stored = payloads(store, stream);
  expect(stored).toHaveLength(accepted);
  for (const payload of stored) expect(() => JSON.parse(payload) as unknown).not.toThrow();
}

describe.each(FUZZ_TARGETS.filter(({ path }) => path.startsWith('/')))(
  'POST $path of $name',
  ({ path, contentType, sound }) => {
    const isWhole = !['/', '/api/v1/write'].includes(path);

    test('accepts or refuses damaged bodies, stores what it counts, and survives', async () => {
      await fc.assert(
        fc.asyncProperty(damaged(sound), fc.boolean(), async (body, isZipped) => {
          const headers = { 'content-type': contentType, ...(isZipped ? { 'content-encoding': 'gzip' } : {}) };

          const sent = isZipped ? gzipSync(body) : body;
          const { status, body: text } = await post(server.url + path, sent, {
            accept: 'application/json',
            ...headers,
          });

          expect([200, 202, 204, 207, 400, 413]).toContain(status);
          if (status === 204) return;
          const reply = { status, ...(JSON.parse(text) as Counted) };
          if (isWhole && reply.status >= 400) expect(reply.accepted).toBe(0);
          expectStored(reply.stream, reply.accepted);
        }),
        settings,
      );
      expect(await http(`${server.url}/healthz`)).toMatchObject({ status: 200 });
    });
  },
);

test('stores each damaged WebSocket message as an event, and survives', async () => {
  const { sound } = FUZZ_TARGETS.find(({ name }) => name === 'messages')!;
  const messages = fc.sample(damaged(sound), settings).filter(({ length }) => length > 0 && length <= MAX_EVENT_BYTES);
  const sender = await dial(server.url);

  for (const message of messages) sender.send(message);
  sender.send(Buffer.alloc(0));

  expect(await sender.closed).toMatchObject({ code: 1000 });
  const ids = new Set(messages.map(String)).size;
  const { id } = readStore<{ id: number }>(
    store,
    `select max(id) as id from streams where transport = 'websocket'`,
  )[0]!;
  expect(payloads(store, id).length).toBeGreaterThan(ids / 2);
  expect(Number(sender.acks.at(-1))).toBe(messages.length);
  expect(await http(`${server.url}/healthz`)).toMatchObject({ status: 200 });
});
