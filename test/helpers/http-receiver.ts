import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { onTestFinished } from 'vitest';

/** A request as it arrived, decompressed. */
export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A server that answers as a test says, until the test ends. @returns what it has received, and its port. */
export async function httpReceiver(
  answer: (request: ReceivedRequest, response: ServerResponse) => void,
): Promise<{ readonly received: ReceivedRequest[]; readonly port: number }> {
  const received: ReceivedRequest[] = [];
  const server = createServer((request, response) => {
    void buffer(request).then(sent => {
      const { url = '', headers } = request;
      const body = (headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent).toString();
      const one = { path: url, headers, body };
      received.push(one);
      answer(one, response);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { received, port: (server.address() as AddressInfo).port };
}
