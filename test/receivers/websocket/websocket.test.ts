import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { Duplex } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { OnProgress } from '../../../src/store/journal/stream-writer.js';
import type { JournalWriter } from '../../../src/store/journal/writer.js';
import { ServerMetrics } from '../../../src/server/metrics.js';
import { ANYONE, openGuard } from '../../helpers/sender.js';
import { until } from '../../helpers/store.js';
import { WebSocketTransport } from '../../../src/receivers/websocket/websocket.js';

/** A journal that commits when it is told to. */
function fakeWriter() {
  let onProgress: OnProgress = () => undefined;
  const stream = {
    id: 1,
    stored: 0,
    duplicates: 0,
    repeated: 0,
    denied: 0,
    pending: 0,
    error: undefined,
    beginSource: () => () => undefined,
    append: () => undefined,
    close: () => undefined,
  };
  const writer: JournalWriter = {
    queuedBytes: 0,
    isFull: false,
    onRoom: () => undefined,
    openStream(_, callback) {
      onProgress = callback;
      return stream;
    },
    close: () => Promise.resolve(),
  };
  return {
    writer,
    commit: (count: number): void => {
      stream.stored += count;
      onProgress(stream, false);
    },
  };
}

let listener: Server;
beforeEach(() => {
  listener = createServer();
});
afterEach(() => listener.close());

test('counts everything in the last ack of a client that reads after a long pause', async () => {
  const { writer, commit } = fakeWriter();
  const transport = new WebSocketTransport({
    writer,
    process: journal => journal,
    counts: new ServerMetrics().counts,
    guard: openGuard(),
    durability: 'fsync',
    maxEventBytes: 1000,
    idleTimeoutMs: 1000,
  });
  /** What the client's system has room for is in `sent`; the rest waits for `read`. */
  let sent = '';
  let isReading = true;
  let read: () => void = () => undefined;
  const socket = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _, done) {
      sent += chunk.toString('latin1');
      if (isReading) done();
      else read = done;
    },
  });
  const upgraded = once(listener, 'upgrade');
  await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve));
  const client = connect((listener.address() as AddressInfo).port, '127.0.0.1');
  client.write(
    'GET / HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n' +
      'sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  const [request, , head] = (await upgraded) as Parameters<typeof transport.handleUpgrade>;
  transport.handleUpgrade(request, socket, head, ANYONE);
  await until(() => sent.includes('101'), 'the upgrade');

  isReading = false;
  const commits = 30_000;
  for (let i = 0; i < commits; i++) commit(1);
  isReading = true;
  read();

  await until(() => sent.endsWith(String(commits)), 'the last ack');
  expect(sent.length).toBeLessThan(100 * 1024);
  socket.destroy();
  client.destroy();
});
