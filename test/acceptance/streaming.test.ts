import { gzipSync, constants, createGzip } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chunked, LAST_CHUNK, post, postHead, rawSocket } from '../helpers/http.js';
import { serveInProcess, type ServerInProcess } from '../helpers/server-in-process.js';
import { makeDirectory, payloads, storedStreams, temporaryStore, until } from '../helpers/store.js';
import { removeDirectory } from '../helpers/remove-directory.js';

const store = makeDirectory();
let server: ServerInProcess;

beforeAll(async () => {
  server = await serveInProcess({ store });
});
afterAll(async () => {
  await server.end();
  removeDirectory(store);
});

const lastStream = () => storedStreams(store).at(-1)!;

describe('a POST that never ends', () => {
  test.each([
    ['JSON', [], '{"a":1}', '{"a":1}'],
    ['CSV', ['content-type: text/csv'], '"b"\n', '"b"'],
    ['text', ['content-type: text/plain'], 'line\n', '"line"'],
  ])('given %s, then each event is in the file for other processes while it goes on', async (...given) => {
    const [, headers, event] = given;
    const isTable = event === '"b"\n';
    const raw = await rawSocket(server.port);
    await raw.write(postHead(...headers) + (isTable ? chunked('a\n').toString() : ''));

    await until(() => storedStreams(store).some(({ ended_at }) => ended_at === null), 'the open stream');
    const { id } = lastStream();
    for (let count = 1; count <= 5; count++) {
      await raw.write(chunked(event));
      await until(() => payloads(store, id).length === count, `event ${count}`);
      expect(lastStream()).toMatchObject({ id, events: count, ended_at: null });
    }
    expect(raw.received()).toBe('');
    await raw.write(LAST_CHUNK);
    await raw.receive(/\r\n\r\n5\n$/);
    expect(lastStream().ended_at).not.toBeNull();
    raw.socket.destroy();
  });

  test('given gzip that is flushed but not ended, then its events are there at once', async () => {
    const gzip = createGzip();
    const raw = await rawSocket(server.port);
    gzip.on('data', (bytes: Buffer) => raw.socket.write(chunked(bytes)));
    await raw.write(postHead('content-encoding: gzip'));

    gzip.write('{"gzip":1}');
    gzip.flush(constants.Z_SYNC_FLUSH);

    await until(() => payloads(store).includes('{"gzip":1}'), 'the event');
    gzip.end();
    gzip.on('end', () => raw.socket.write(LAST_CHUNK));
    await raw.receive(/\r\n\r\n1\n$/);
    raw.socket.destroy();
  });

  test('given a bare number, then it is an event only when it is known to have ended', async () => {
    const raw = await rawSocket(server.port);
    await raw.write(postHead() + chunked('1 4').toString());
    await until(() => payloads(store, lastStream().id).length === 1);
    await raw.write(chunked('2').toString() + LAST_CHUNK);

    await raw.receive(/\r\n\r\n2\n$/);
    expect(payloads(store, lastStream().id)).toEqual(['1', '42']);
    raw.socket.destroy();
  });
});

describe('a client that goes away', () => {
  test.each([
    ['plain', [], Buffer.from('{"a":1}\n{"a":2}\n{"a":')],
    ['compressed', ['content-encoding: gzip'], gzipSync('{"a":1}\n{"a":2}\n{"a":3}').subarray(0, -9)],
    ['CSV', ['content-type: text/csv'], Buffer.from('a\n1\n2\n3')],
  ])('given a body that is %s, then what was complete is kept and the stream is closed', async (...given) => {
    const [, headers, body] = given;
    const raw = await rawSocket(server.port);
    await raw.write(Buffer.concat([Buffer.from(postHead(...headers)), chunked(body)]));
    await until(() => lastStream().events >= 1 && lastStream().ended_at === null);
    const { id } = lastStream();

    raw.socket.resetAndDestroy();

    await until(() => lastStream().ended_at !== null, 'the end of the stream');
    expect(payloads(store, id).slice(0, 2)).toEqual(['{"a":1}', '{"a":2}']);
    expect(lastStream().events).toBe(payloads(store, id).length);
  });

  test('given a Content-Length that is not reached, then what was complete is kept', async () => {
    const raw = await rawSocket(server.port);
    await raw.write('POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{"short":1}\n{"sh');
    await until(() => payloads(store).includes('{"short":1}'));

    raw.socket.end();

    await until(() => storedStreams(store).every(({ ended_at }) => ended_at !== null));
  });
});

describe('a client that says nothing', () => {
  const idle = (timeout: string): Promise<ServerInProcess> =>
    serveInProcess({ store: temporaryStore(), args: ['--idle-timeout', timeout] });

  test('given an idle POST, then 408 counts what it sent, and the connection ends', async () => {
    const { port, store: own } = await idle('400ms');
    const raw = await rawSocket(port);
    await raw.write(postHead() + chunked('{"idle":1}{"idle":').toString());

    await raw.receive(/^HTTP\/1.1 408 [^]*\r\n\r\nnothing was sent for 0\.4 s\n1\n/);
    await raw.closed;
    expect(payloads(own)).toContain('{"idle":1}');
  });

  test('given one that sends a little now and then, then it may stay', async () => {
    // Long enough for a machine that stands still for a while, and the whole POST is longer.
    const { port } = await idle('3s');
    const raw = await rawSocket(port);
    await raw.write(postHead());
    for (let i = 0; i < 8; i++) {
      await raw.write(chunked(' '));
      await new Promise(resolve => setTimeout(resolve, 500));
    }
    await raw.write(chunked('1').toString() + LAST_CHUNK);

    await raw.receive(/^HTTP\/1.1 200 /);
    raw.socket.destroy();
  });

  test('given a connection without a request, then it is closed', async () => {
    const { port, url } = await idle('400ms');
    const raw = await rawSocket(port);

    await raw.closed;
    expect(await post(url, '1')).toMatchObject({ status: 200 });
  });
});
