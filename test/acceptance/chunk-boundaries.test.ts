import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chunked, LAST_CHUNK, rawSocket, type RawSocket } from '../helpers/http.js';
import { serveInProcess, type ServerInProcess } from '../helpers/server-in-process.js';
import { makeDirectory, payloads } from '../helpers/store.js';
import { removeDirectory } from '../helpers/remove-directory.js';

const store = makeDirectory();
let server: ServerInProcess;
let raw: RawSocket;

beforeAll(async () => {
  server = await serveInProcess({ store, args: ['--durability', 'none'] });
  raw = await rawSocket(server.port);
});
afterAll(async () => {
  raw.socket.destroy();
  await server.end();
  removeDirectory(store);
});

const EVENTS = ['{"é":"\u{1F389}\\u00e9\\"", "n":-1.5e+3}', '{\n "a" : [true, null, {}]\n}', '"x\\\\"', '42', '[]'];
const STREAM = Buffer.from(EVENTS.join('\n'));

/** A tick of both processes, so that what was sent arrives by itself. */
const settle = () => new Promise(resolve => setTimeout(resolve, 2));

async function streamOfNextReply(): Promise<number> {
  const [all, id] = await raw.receive(/"accepted":5,"duplicates":0,"stream":(\d+)\}$/);
  expect(all).toBeDefined();
  return Number(id);
}

describe('a stream cut in two, at every byte', () => {
  test.each<[string, Buffer, string]>([
    ['plain', STREAM, ''],
    ['gzip', gzipSync(STREAM), 'content-encoding: gzip\r\n'],
    ['deflate', deflateSync(STREAM), 'content-encoding: deflate\r\n'],
    ['br', brotliCompressSync(STREAM), 'content-encoding: br\r\n'],
  ])('reads %s alike in two chunks and as a body of known length in two segments', async (...given) => {
    const [, body, encoding] = given;
    const head = `POST / HTTP/1.1\r\nhost: localhost\r\naccept: application/json\r\n${encoding}`;
    const streams: number[] = [];
    for (let at = 1; at < body.length; at++) {
      const [first, second] = [body.subarray(0, at), body.subarray(at)];
      const isChunked = at % 2 === 0;
      const framing = isChunked ? 'transfer-encoding: chunked' : `content-length: ${body.length}`;
      await raw.write(Buffer.concat([Buffer.from(`${head}${framing}\r\n\r\n`), isChunked ? chunked(first) : first]));
      await settle();
      const before = raw.received().length;
      await raw.write(isChunked ? Buffer.concat([chunked(second), Buffer.from(LAST_CHUNK)]) : second);
      await raw.receive(new RegExp(`^[^]{${before}}[^]*\\}$`));
      streams.push(await streamOfNextReply());
    }

    expect(new Set(streams).size).toBe(body.length - 1);
    for (const stream of streams) expect(payloads(store, stream)).toEqual(EVENTS);
  });
});

test('given every byte in a chunk of its own, then the events are the same', async () => {
  for (const [body, encoding] of [
    [STREAM, ''],
    [gzipSync(STREAM), 'content-encoding: gzip\r\n'],
  ] as const) {
    const before = raw.received().length;
    await raw.write(
      `POST / HTTP/1.1\r\nhost: localhost\r\naccept: application/json\r\n${encoding}transfer-encoding: chunked\r\n\r\n`,
    );
    for (const byte of body) {
      await raw.write(chunked(Uint8Array.of(byte)));
      await new Promise(setImmediate);
    }
    await raw.write(LAST_CHUNK);
    await raw.receive(new RegExp(`^[^]{${before}}[^]*\\}$`));

    expect(payloads(store, await streamOfNextReply())).toEqual(EVENTS);
  }
});
