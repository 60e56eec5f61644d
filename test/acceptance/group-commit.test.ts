import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { dial } from '../helpers/acks.js';
import { holdJournal } from '../helpers/hold-journal.js';
import { chunked, http, LAST_CHUNK, post, postHead, rawSocket } from '../helpers/http.js';
import { serve } from '../helpers/server.js';
import { serveInProcess } from '../helpers/server-in-process.js';
import { payloads, storedEvents, temporaryStore } from '../helpers/store.js';

function residentBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024;
}

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

describe('a commit for all', () => {
  test('given a slow client, then it delays nobody', async () => {
    const store = temporaryStore();
    const server = await serveInProcess({ store });
    const slow = await rawSocket(server.port);
    await slow.write(postHead() + chunked('{"slow":1}\n{"slow"').toString());
    const slowReader = await dial(server.url);
    slowReader.socket.pause();

    const replies = await Promise.all(Array.from({ length: 50 }, (_, i) => post(server.url, `{"n":${i}}`)));

    expect(replies.map(({ body }) => body)).toEqual(replies.map(() => '1\n'));
    expect(slow.received()).toBe('');
    await slow.write(chunked(':2}').toString() + LAST_CHUNK);
    await slow.receive(/\r\n\r\n2\n$/);
    slow.socket.destroy();
    slowReader.socket.terminate();
    await server.end();
  });

  test('acknowledges 64 senders of single events in fewer commits than events', async () => {
    const store = temporaryStore();
    const server = await serveInProcess({ store });

    const replies = await Promise.all(Array.from({ length: 64 * 5 }, (_, i) => post(server.url, `{"n":${i}}`)));

    expect(replies.every(({ body }) => body === '1\n')).toBe(true);
    const numbers = payloads(store).map(payload => (JSON.parse(payload) as { n: number }).n);
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 64 * 5 }, (_, i) => i));
    const { body } = await http(`${server.url}/metrics`);
    expect(Number(/^telemetry_commit_seconds_count (\d+)$/m.exec(body)![1])).toBeLessThan(64 * 5);
    await server.end();
  });
});

describe('a journal that stands still', () => {
  test.skipIf(process.platform !== 'linux')(
    'pauses senders past the queue, bounds memory and acknowledges all (reads /proc)',
    async () => {
      const store = temporaryStore();
      const server = await serve({ store, args: ['--queue-size', '1MiB'] });
      await post(server.url, '{}');
      const before = residentBytes(server.pid);
      const release = holdJournal(store);
      const event = `{"fill":"${'x'.repeat(1000)}"}\n`;
      const body = event.repeat(20_000);

      const posts = Array.from({ length: 3 }, () => post(server.url, body));
      const sockets = await Promise.all([dial(server.url), dial(server.url)]);
      for (const { socket } of sockets) for (let i = 0; i < 10_000; i++) socket.send(event);
      await pause(1500);

      const grown = residentBytes(server.pid) - before;
      const metrics = (await http(`${server.url}/metrics`)).body;
      expect(Number(/^telemetry_queue_bytes (\d+)$/m.exec(metrics)![1])).toBeLessThan(8 * 1024 * 1024);
      expect(grown).toBeLessThan(40 * 1024 * 1024);
      expect(await http(`${server.url}/readyz`)).toMatchObject({ status: 503, body: 'the journal is behind\n' });
      expect(await http(`${server.url}/healthz`)).toMatchObject({ status: 200 });
      expect(sockets.flatMap(({ acks }) => acks)).toEqual([]);

      release();
      expect((await Promise.all(posts)).map(({ body }) => body)).toEqual(['20000\n', '20000\n', '20000\n']);
      await Promise.all(sockets.map(socket => socket.acked(10_000)));
      expect(storedEvents(store)).toHaveLength(3 * 20_000 + 2 * 10_000 + 1);
      expect(await http(`${server.url}/readyz`)).toMatchObject({ status: 200 });
      for (const { socket } of sockets) socket.terminate();
      await server.end();
    },
  );
});
