import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { dial } from '../helpers/acks.js';
import { http, rawSocket } from '../helpers/http.js';
import { serveInProcess, type ServerInProcess } from '../helpers/server-in-process.js';
import { makeDirectory, payloads, storedEvents, storedStreams, until } from '../helpers/store.js';
import { removeDirectory } from '../helpers/remove-directory.js';

const MAX_EVENT = 100_000;
const store = makeDirectory();
let server: ServerInProcess;

beforeAll(async () => {
  server = await serveInProcess({ store, args: ['--max-event-size', String(MAX_EVENT)] });
});
afterAll(async () => {
  await server.end();
  removeDirectory(store);
});

const lastStream = () => storedStreams(store).at(-1)!;

describe('acks', () => {
  test('given messages one at a time, then each is acknowledged with the count so far', async () => {
    const sender = await dial(server.url);
    for (let count = 1; count <= 20; count++) {
      sender.send(`{"n":${count}}`);
      await sender.acked(count);
    }

    expect(sender.acks).toEqual(Array.from({ length: 20 }, (_, i) => String(i + 1)));
    expect(payloads(store, lastStream().id)).toHaveLength(20);
    sender.socket.terminate();
  });

  test('given a burst, then one frame acknowledges it, and what it counts is in the file', async () => {
    const sender = await dial(server.url);
    // In one segment, so that all of it is ready at once.
    const { _socket: tcp } = sender.socket as unknown as { _socket: Socket };
    for (const total of [50, 100, 150]) {
      tcp.cork();
      for (let i = 0; i < 50; i++) sender.send(`{"burst":${total}}`);
      tcp.uncork();
      await sender.acked(total);
      expect(payloads(store, lastStream().id)).toHaveLength(total);
    }

    expect(sender.acks).toEqual(['50', '100', '150']);
    sender.socket.terminate();
  });

  test('given a large burst, then the acks only grow and the last counts all', async () => {
    const sender = await dial(server.url);
    for (let i = 0; i < 20_000; i++) sender.send(`{"i":${i}}`);
    await sender.acked(20_000);

    const counts = sender.acks.map(Number);
    expect(counts).toEqual([...new Set(counts)].sort((a, b) => a - b));
    expect(counts.at(-1)).toBe(20_000);
    expect(payloads(store, lastStream().id)).toEqual(Array.from({ length: 20_000 }, (_, i) => `{"i":${i}}`));
    sender.socket.terminate();
  });

  test('acknowledges an event that is already there and does not store it again', async () => {
    const sender = await dial(server.url);
    for (let count = 1; count <= 3; count++) {
      sender.send('{"event_id":"again"}');
      await sender.acked(count);
    }

    expect(payloads(store, lastStream().id)).toEqual(['{"event_id":"again"}']);
    sender.socket.terminate();
  });

  test('commits all at an empty binary message, sends the last ack and closes with 1000', async () => {
    const sender = await dial(server.url);
    for (let i = 0; i < 100; i++) sender.send('{}');
    sender.send(Buffer.alloc(0));
    sender.send('{"too":"late"}');

    expect(await sender.closed).toEqual({ code: 1000, reason: '' });
    expect(sender.acks.at(-1)).toBe('100');
    expect(lastStream()).toMatchObject({ transport: 'websocket', events: 100, ended_at: expect.any(Number) as number });
  });

  test('given nothing but an empty binary message, then the last ack is 0', async () => {
    const sender = await dial(server.url);
    sender.send(Buffer.alloc(0));

    expect(await sender.closed).toMatchObject({ code: 1000 });
    expect(sender.acks).toEqual(['0']);
  });

  test('given pings, pongs and empty text, then they do not count', async () => {
    const sender = await dial(server.url);
    sender.socket.ping('ping');
    sender.socket.pong('pong');
    sender.send('');
    await once(sender.socket, 'pong');
    expect(sender.acks).toEqual([]);
    sender.send('1');
    await sender.acked(1);

    expect(sender.acks).toEqual(['1']);
    sender.socket.terminate();
  });
});

describe('messages', () => {
  const emoji = Buffer.from('"\u{1F389}"');
  test.each<[string, string | Uint8Array, string, string | null]>([
    ['JSON text', ' {"a" : [1, 2]} ', '{"a" : [1, 2]}', null],
    ['JSON as binary', Buffer.from('{"b":1}'), '{"b":1}', null],
    ['a JSON scalar', '-1.5e3', '-1.5e3', null],
    ['text', 'hello "world"\n', '"hello \\"world\\"\\n"', null],
    ['text as binary', Buffer.from('héllo'), '"héllo"', null],
    ['almost JSON', '{"a":1', '"{\\"a\\":1"', null],
    ['two JSON values', '1 2', '"1 2"', null],
    ['white space', ' \n', '" \\n"', null],
    ['four-byte characters', emoji, emoji.toString(), null],
    ['binary that is no UTF-8', Buffer.from([0xff, 0, 1]), '"/wAB"', 'base64'],
  ])('given %s, then it is one event', async (...given) => {
    const [, message, payload, encoding] = given;
    const sender = await dial(server.url, {}, '/any/path?x=1');
    sender.send(message);
    await sender.acked(1);

    expect(storedEvents(store, lastStream().id)).toMatchObject([{ payload, encoding }]);
    expect(lastStream().path).toBe('/any/path');
    sender.socket.terminate();
  });

  test('given a message in fragments, then it is one event', async () => {
    const sender = await dial(server.url);
    sender.socket.send('{"a":', { fin: false });
    sender.socket.send('1', { fin: false });
    sender.socket.send('}', { fin: true });
    await sender.acked(1);

    expect(payloads(store, lastStream().id)).toEqual(['{"a":1}']);
    sender.socket.terminate();
  });

  test('stores a message of exactly the limit, and closes with 1009 at a byte more', async () => {
    const sender = await dial(server.url);
    sender.send('x'.repeat(MAX_EVENT));
    await sender.acked(1);
    sender.send('x'.repeat(MAX_EVENT + 1));

    expect(await sender.closed).toMatchObject({ code: 1009, reason: expect.stringContaining('100000') as string });
    expect(sender.acks.at(-1)).toBe('1');
    expect(storedEvents(store, lastStream().id)).toHaveLength(1);
  });

  test('given a message far over the limit, then 1009, and what came before is kept', async () => {
    const sender = await dial(server.url, {}, '/far-over');
    sender.send('"kept"');
    sender.send(randomBytes(10 * MAX_EVENT));

    expect(await sender.closed).toMatchObject({ code: 1009 });
    await until(() => storedStreams(store).some(({ path, ended_at }) => path === '/far-over' && ended_at !== null));
    expect(payloads(store, lastStream().id)).toEqual(['"kept"']);
    const { body } = await http(`${server.url}/metrics`);
    expect(body).toMatch(/reason="event_too_large"\} [1-9]/);
  });

  test('given a text frame that is no UTF-8, then 1007, as the protocol says', async () => {
    const sender = await dial(server.url);
    sender.socket.send(Buffer.from([0xff]), { binary: false });

    expect(await sender.closed).toMatchObject({ code: 1007 });
  });
});

describe('connections', () => {
  test('given headers, then they are kept, without credentials', async () => {
    const sender = await dial(server.url, { 'x-source': 'test', authorization: 'Bearer abc' });
    sender.send('1');
    await sender.acked(1);

    expect(JSON.parse(lastStream().headers)).toMatchObject({
      'x-source': 'test',
      authorization: '***',
      upgrade: 'websocket',
    });
    sender.socket.terminate();
  });

  test('given the handshake, then it states the durability', async () => {
    const socket = new WebSocket(server.url.replace('http', 'ws'));
    const opened = once(socket, 'open');
    const [reply] = (await once(socket, 'upgrade')) as [IncomingMessage];
    await opened;

    expect(reply.headers['telemetry-durability']).toBe('fsync');
    socket.terminate();
  });

  test('given 100 at once, then each gets its own count', async () => {
    const senders = await Promise.all(Array.from({ length: 100 }, () => dial(server.url)));
    senders.forEach((sender, i) => {
      for (let n = 0; n <= i; n++) sender.send(`{"sender":${i},"n":${n}}`);
    });

    await Promise.all(senders.map((sender, i) => sender.acked(i + 1)));

    expect(senders.map(({ acks }) => Number(acks.at(-1)))).toEqual(senders.map((_, i) => i + 1));
    for (const { socket } of senders) socket.terminate();
  });

  test('given one that vanishes, then what it sent is kept and its stream ends', async () => {
    const sender = await dial(server.url);
    sender.send('{"vanished":1}');
    sender.socket.once('message', () => sender.socket.terminate());
    await sender.closed;

    await until(() => lastStream().ended_at !== null, 'the end of the stream');
    expect(payloads(store, lastStream().id)).toEqual(['{"vanished":1}']);
  });

  test('stores the events of a client that never reads, and serves others', async () => {
    const raw = await rawSocket(server.port);
    await raw.write(
      'GET /unread HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n' +
        'sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    await raw.receive(/101 /);
    raw.socket.pause();
    const unread = () => storedStreams(store).find(({ path }) => path === '/unread');
    // A masked text frame with the message "1"; the mask is zero.
    const frame = Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0x31]);
    for (let i = 0; i < 3000; i++) raw.socket.write(frame);

    await until(() => unread()?.events === 3000, 'all events');
    const other = await dial(server.url);
    other.send('1');
    await other.acked(1);

    other.socket.terminate();
    raw.socket.destroy();
  });

  test('given the server stops, then the last ack and 1001 come', async () => {
    const own = makeDirectory();
    const stopped = await serveInProcess({ store: own });
    const senders = await Promise.all([dial(stopped.url), dial(stopped.url)]);
    senders[0].send('1');
    await senders[0].acked(1);

    expect(await stopped.end()).toBe(0);

    expect(await Promise.all(senders.map(({ closed }) => closed))).toMatchObject([{ code: 1001 }, { code: 1001 }]);
    expect(senders.map(({ acks }) => acks.at(-1))).toEqual(['1', '0']);
    expect(storedStreams(own).map(({ ended_at }) => typeof ended_at)).toEqual(['number', 'number']);
    removeDirectory(own);
  });
});
