import { mkdirSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serverFile } from '../../src/client/server-file.js';
import { startServer } from '../../src/server/server.js';
import { type RunningServer } from '../../src/server/server-options.js';
import { serverOptions } from '../helpers/server-options.js';
import { readStore, temporaryStore } from '../helpers/store.js';

let store: string;
let server: RunningServer;

beforeEach(async () => {
  store = temporaryStore();
  server = await startServer(serverOptions(store, { maxEventSize: 1000 }));
});

async function dial(): Promise<Socket> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

const payloads = () =>
  readStore<{ payload: string }>(store, 'select payload from events').map(({ payload }) => payload);

describe('a server', () => {
  afterEach(() => server.stop());

  it('replies to a sender that closes its direction after the body', async () => {
    const socket = await dial();
    socket.end('POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 7\r\n\r\n{"a":1}');
    const reply = await text(socket);
    expect(reply).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n1\n$/);
    expect(payloads()).toEqual(['{"a":1}']);
  });

  it('answers 400 to a sender that closes its direction in the middle of the body', async () => {
    const socket = await dial();
    socket.end('POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 70\r\n\r\n{"a":1}\n{');
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 /);
  });

  it.each(['http://localhost:4318', 'http://localhost:4318/', 'HTTP://localhost/?a=1'])(
    'replies to a POST to %s once its event is stored',
    async target => {
      const socket = await dial();
      socket.end(`POST ${target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 1\r\n\r\n1`);
      expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n1\n$/);
    },
  );
});

describe('a server that stops', () => {
  it('commits and answers a POST under way when its own file cannot be removed', async () => {
    rmSync(serverFile(store));
    mkdirSync(serverFile(store));
    const socket = await dial();
    socket.write('POST / HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n2\r\n1\n\r\n');
    const replied = text(socket);
    while (payloads().length === 0) await new Promise(resolve => setTimeout(resolve, 5));
    await expect(server.stop()).rejects.toThrow(/directory/);
    expect(await replied).toMatch(/^HTTP\/1\.1 503 [^]*\r\n\r\n[^\n]+\n1\n/);
    expect(payloads()).toEqual(['1']);
  });
});
