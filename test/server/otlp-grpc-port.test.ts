import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { startServer } from '../../src/server/server.js';
import { closeOf, http } from '../helpers/http.js';
import { serverOptions } from '../helpers/server-options.js';
import { temporaryStore } from '../helpers/store.js';

async function takenPort(): Promise<number> {
  const taken = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void taken.close());
  await once(taken, 'listening');
  return (taken.address() as AddressInfo).port;
}

test('runs without OTLP over gRPC and logs a line when its standard port is in use', async () => {
  const port = await takenPort();
  const said: string[] = [];
  const server = await startServer(
    serverOptions(temporaryStore(), {
      otlpGrpc: { host: '127.0.0.1', port, isOptional: true },
      log: text => void said.push(text),
    }),
  );
  onTestFinished(() => server.stop());

  expect(said).toEqual([
    `cannot listen on 127.0.0.1:${port} for OTLP over gRPC: the port is in use; running without it (--otlp-grpc sets another address, --no-otlp-grpc disables it)`,
  ]);
  expect(server.otlpGrpc).toBeUndefined();
  expect(await http(server.url, { method: 'POST', body: '{}' })).toMatchObject({ status: 200 });
});

test('ends while a client of the port of gRPC has said nothing yet', async () => {
  const otlpGrpc = { host: '127.0.0.1', port: 0 };
  const server = await startServer(serverOptions(temporaryStore(), { otlpGrpc }));
  const socket = connect(Number(server.otlpGrpc!.split(':')[1]), '127.0.0.1');
  await once(socket, 'connect');
  const closed = closeOf(socket.resume());

  await server.stop();
  await closed;
});
