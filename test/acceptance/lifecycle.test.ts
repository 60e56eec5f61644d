import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dial } from '../helpers/acks.js';
import { chunked, http, LAST_CHUNK, post, postHead, rawSocket } from '../helpers/http.js';
import { holdJournal } from '../helpers/hold-journal.js';
import { serve, serveRefused } from '../helpers/server.js';
import { payloads, storedStreams, temporaryStore, until } from '../helpers/store.js';

const serverJson = (store: string) => join(store, 'server.json');

describe('one server a store', () => {
  test('ends a second server with 1, naming process and URL of the first', async () => {
    const store = temporaryStore();
    const server = await serve({ store });
    expect(JSON.parse(readFileSync(serverJson(store), 'utf8'))).toMatchObject({ pid: server.pid, url: server.url });

    const { code, err } = await serveRefused({ store });

    expect(code).toBe(1);
    expect(err).toContain(String(server.pid));
    expect(err).toContain(server.url);
    expect(err).toMatch(/--store/);
    expect(await post(server.url, '1')).toMatchObject({ status: 200 });
    expect(JSON.parse(readFileSync(serverJson(store), 'utf8'))).toMatchObject({ pid: server.pid });
    expect(await server.end()).toBe(0);
  });

  test('given two that start at once, then one serves and the other is refused', async () => {
    const store = temporaryStore();

    const starts = await Promise.allSettled([serve({ store }), serve({ store })]);

    const servers = starts.filter(start => start.status === 'fulfilled');
    expect(servers).toHaveLength(1);
    expect(starts.filter(start => start.status === 'rejected').map(({ reason }) => String(reason))).toMatchObject([
      expect.stringContaining('ended with 1') as string,
    ]);
    expect(await servers[0]!.value.end()).toBe(0);
  });

  test('starts after a kill, closes the streams left open and keeps the events', async () => {
    const store = temporaryStore();
    const killed = await serve({ store });
    const sender = await dial(killed.url);
    sender.send('{"kept":1}');
    await sender.acked(1);
    await killed.end('SIGKILL');
    expect(existsSync(serverJson(store))).toBe(true);

    const server = await serve({ store });

    expect(JSON.parse(readFileSync(serverJson(store), 'utf8'))).toMatchObject({ pid: server.pid, url: server.url });
    expect(await post(server.url, '{"more":1}')).toMatchObject({ body: '1\n' });
    expect(payloads(store)).toEqual(['{"kept":1}', '{"more":1}']);
    expect(storedStreams(store).map(({ ended_at }) => typeof ended_at)).toEqual(['number', 'number']);
    await server.end();
  });

  test('given a port in use, then it ends with 1 and names the port', async () => {
    const server = await serve({ store: temporaryStore() });

    const { code, err } = await serveRefused({ store: temporaryStore(), args: ['--port', String(server.port)] });

    expect(code).toBe(1);
    expect(err).toMatch(new RegExp(`port ${server.port} .*in use[^]*--port`));
    await server.end();
  });

  test('ends with 1 and only names the port when that of OTLP over gRPC is in use', async () => {
    const server = await serve({ store: temporaryStore() });

    const { code, err } = await serveRefused({
      store: temporaryStore(),
      args: ['--otlp-grpc', `127.0.0.1:${server.port}`],
    });

    expect(code).toBe(1);
    expect(err).toMatch(
      new RegExp(`^telemetry: cannot listen on 127.0.0.1:${server.port} .*: the port is in use\\n.*--otlp-grpc`),
    );
    await server.end();
  });
});

describe('the first signal', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    'commits and acknowledges what arrived before %s, and exits with 0',
    async signal => {
      const store = temporaryStore();
      const server = await serve({ store });
      const half = await rawSocket(server.port);
      await half.write(postHead() + chunked('{"half":1}{"half":').toString());
      const idle = await rawSocket(server.port);
      await until(() => payloads(store).includes('{"half":1}'));
      const sender = await dial(server.url);
      for (let i = 0; i < 5000; i++) sender.send(`{"n":${i}}`);
      await sender.acked(1);

      const code = await server.end(signal);

      expect(code).toBe(0);
      await half.receive(/^HTTP\/1.1 503 [^]*retry-after[^]*\r\n\r\nthe server is stopping\n1\n/i);
      await Promise.all([half.closed, idle.closed]);
      expect(await sender.closed).toMatchObject({ code: 1001 });
      const acked = Number(sender.acks.at(-1));
      expect(payloads(store).filter(payload => payload.startsWith('{"n"'))).toHaveLength(acked);
      expect(existsSync(serverJson(store))).toBe(false);
      expect(storedStreams(store).every(({ ended_at }) => ended_at !== null)).toBe(true);
      expect(server.said()).toMatch(/stopping/);
    },
  );

  test('answers 200 to a POST that ends within the grace, and closes its connection', async () => {
    const store = temporaryStore();
    const server = await serve({ store });
    const raw = await rawSocket(server.port);
    const endless = await rawSocket(server.port);
    await raw.write(postHead() + chunked('{"a":1}').toString());
    await endless.write(postHead() + chunked('{"b":1}').toString());
    await until(() => payloads(store).length === 2);

    const ended = server.end();
    await until(() => server.said().includes('stopping'));
    await raw.write(chunked('{"a":2}').toString() + LAST_CHUNK);

    await raw.receive(/^HTTP\/1.1 200 [^]*\r\n\r\n2\n$/);
    await raw.closed;
    expect(endless.received()).toBe('');
    await endless.receive(/^HTTP\/1.1 503 /);
    expect(await ended).toBe(0);
  });
});

describe('the second signal', () => {
  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('given %s while the server waits for a POST, then it ends at once with %d', async (signal, code) => {
    const store = temporaryStore();
    const server = await serve({ store });
    const raw = await rawSocket(server.port);
    await raw.write(postHead() + chunked('{"a":1}').toString());
    await until(() => payloads(store).length === 1);
    server.process.kill(signal);
    await until(() => server.said().includes('stopping'));

    expect(await server.end(signal)).toBe(code);
    expect(payloads(store)).toEqual(['{"a":1}']);
  });

  test('ends at a second SIGTERM while the writer waits for another process', async () => {
    const store = temporaryStore();
    const server = await serve({ store });
    const release = holdJournal(store);
    void post(server.url, '{"a":1}').catch(() => undefined);
    await until(async () => /^telemetry_queue_bytes [1-9]/m.test((await http(`${server.url}/metrics`)).body));
    server.process.kill('SIGTERM');
    await until(() => server.said().includes('stopping'));

    expect(await server.end('SIGTERM')).toBe(143);
    release();
    expect(payloads(store)).toEqual([]);
  });
});
