import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import { send } from '../../src/client/send.js';

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});

/** A server on loopback that answers as it is told; returns its URL. */
async function serve(listener: RequestListener, port = 0): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const accept = (response: ServerResponse, accepted: number): void => {
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ accepted, duplicates: 0, stream: 7 }));
};
const refuse = (response: ServerResponse, status: number, reply: unknown, headers = {}): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(reply));
};

describe('send', () => {
  test('leaves no listener behind for each wait in a long body', async () => {
    const url = await serve((request, response) => void text(request).then(() => accept(response, 1)));
    const warnings: string[] = [];
    const note = ({ name }: Error): void => void warnings.push(name);
    process.on('warning', note);
    async function* body(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 200; i++) yield await Promise.resolve(new Uint8Array(100_000).fill(32));
    }

    await send(body(), { url: () => url });
    process.off('warning', note);

    expect(warnings).toEqual([]);
  });

  test('sends a body in one POST, asks for JSON, and returns the receipt', async () => {
    let seen: { body: string; request: IncomingMessage } | undefined;
    const url = await serve(
      (request, response) =>
        void text(request).then(body => {
          seen = { body, request };
          accept(response, 2);
        }),
    );

    const receipt = await send('{"a":1}\n{"a":2}\n', { url: () => url, token: 's3cret' });

    expect(receipt).toEqual({ accepted: 2, duplicates: 0, stream: 7 });
    expect(seen?.body).toBe('{"a":1}\n{"a":2}\n');
    expect(seen?.request.method).toBe('POST');
    expect(seen?.request.headers).toMatchObject({
      accept: 'application/json',
      'content-type': 'application/x-ndjson',
      authorization: 'Bearer s3cret',
    });
  });

  test('given a stream that goes on, then its beginning arrives before its end is known', async () => {
    const stream = new PassThrough();
    const url = await serve((request, response) => {
      request.once('data', chunk => stream.end(`second after ${String(chunk)}`));
      void text(request).then(() => accept(response, 2));
    });

    stream.write('first');

    expect((await send(stream, { url: () => url })).accepted).toBe(2);
  });

  test('retries a busy server after Retry-After, with the same body', async () => {
    const bodies: string[] = [];
    const url = await serve(
      (request, response) =>
        void text(request).then(body => {
          bodies.push(body);
          if (bodies.length < 3) {
            refuse(response, bodies.length === 1 ? 503 : 429, { accepted: 0 }, { 'retry-after': '0' });
          } else accept(response, 1);
        }),
    );

    expect((await send('{"a":1}', { url: () => url })).accepted).toBe(1);
    expect(bodies).toEqual(['{"a":1}', '{"a":1}', '{"a":1}']);
  });

  test('repeats the whole stream after a busy reply that came before its end', async () => {
    const stream = new PassThrough();
    const bodies: string[] = [];
    let attempts = 0;
    const url = await serve((request, response) => {
      if (++attempts === 1) {
        request.once('data', () => refuse(response, 503, { accepted: 0 }, { 'retry-after': '0' }));
        return;
      }
      stream.end('second');
      void text(request).then(body => {
        bodies.push(body);
        accept(response, 2);
      });
    });
    stream.write('first ');

    expect((await send(stream, { url: () => url })).accepted).toBe(2);
    expect(bodies).toEqual(['first second']);
  });

  test('given a busy server that had stored some events, then nothing is sent twice', async () => {
    let attempts = 0;
    const url = await serve((request, response) => {
      attempts++;
      void text(request).then(() => refuse(response, 503, { accepted: 3, error: 'the disk is full' }));
    });

    await expect(send('{}', { url: () => url })).rejects.toMatchObject({
      kind: 'failure',
      message: `${url} refused the events (503): the disk is full; 3 before that were stored`,
    });
    expect(attempts).toBe(1);
  });

  test('does not retry a stream that is too long to keep', async () => {
    let attempts = 0;
    const url = await serve((request, response) => {
      attempts++;
      void text(request).then(() => refuse(response, 503, { accepted: 0 }, { 'retry-after': '0' }));
    });
    const chunk = Buffer.alloc(256 * 1024, ' ');
    const stream = (async function* () {
      for (let i = 0; i < 5; i++) yield await Promise.resolve(chunk);
    })();

    await expect(send(stream, { url: () => url })).rejects.toMatchObject({ kind: 'failure' });
    expect(attempts).toBe(1);
  });

  test('reports line, offset, problem and stored events of a bad event', async () => {
    const url = await serve(
      (request, response) =>
        void text(request).then(() =>
          refuse(response, 400, {
            accepted: 1,
            duplicates: 0,
            stream: 1,
            error: 'unexpected "}"',
            line: 2,
            offset: 14,
          }),
        ),
    );

    await expect(send('{"a":1}\n{"a":}', { url: () => url })).rejects.toMatchObject({
      message: `${url} refused the events (400) at line 2, byte 14: unexpected "}"; 1 before that was stored`,
    });
  });

  test('given a refusal while a stream goes on, then the error comes at once', async () => {
    const endless = new PassThrough();
    endless.write('bad');
    const url = await serve((request, response) => {
      request.once('data', () => refuse(response, 400, { accepted: 0, error: 'bad', line: 1, offset: 0 }));
    });

    await expect(send(endless, { url: () => url })).rejects.toThrow('line 1, byte 0: bad');
  });

  test.each([
    [401, '--token'],
    [413, '--max-event-size'],
  ])('given the status %d, then the remedy names %s', async (status, remedy) => {
    const url = await serve((_request, response) => refuse(response, status, { error: 'no' }));

    await expect(send('{}', { url: () => url })).rejects.toMatchObject({
      remedy: expect.stringContaining(remedy) as string,
    });
  });

  test('given a server that is not ours, then the error says so', async () => {
    const url = await serve((_request, response) => response.end('<html>hello</html>'));

    await expect(send('{}', { url: () => url })).rejects.toThrow('not as a telemetry server does');
  });

  test('given no server, then the error has the remedy', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;

    await expect(send('{}', { url: () => url })).rejects.toMatchObject({
      kind: 'failure',
      message: `no telemetry server answers at ${url}`,
      remedy: expect.stringContaining('telemetry serve') as string,
    });
  });

  test('waits for a server that starts later at another address', async () => {
    const nowhere = `http://127.0.0.1:${await freePort()}`;
    let url = nowhere;
    const sent = send('{}', { url: () => url, wait: 20_000 });
    url = await serve((request, response) => void text(request).then(() => accept(response, 1)));

    expect((await sent).accepted).toBe(1);
  });

  test('reports that events may have been stored when a connection breaks', async () => {
    const url = await serve(request => request.socket.destroy());

    await expect(send('{}', { url: () => url })).rejects.toMatchObject({
      message: expect.stringContaining('broke before the server answered') as string,
      remedy: expect.stringContaining('event_id') as string,
    });
  });

  test('given an abort, while sending or waiting, then the error is an interruption', async () => {
    const sending = new AbortController();
    const url = await serve(request => request.once('data', () => sending.abort()));
    await expect(send(endlessly(), { url: () => url, signal: sending.signal })).rejects.toMatchObject({
      kind: 'interrupted',
    });

    const waiting = new AbortController();
    const closed = `http://127.0.0.1:${await freePort()}`;
    const sent = send('{}', { url: () => closed, wait: 60_000, signal: waiting.signal });
    setTimeout(() => waiting.abort(), 50);
    await expect(sent).rejects.toMatchObject({ kind: 'interrupted' });
  });
});

function endlessly(): PassThrough {
  const stream = new PassThrough();
  stream.write('{}');
  return stream;
}
