import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { TelemetryError } from '../../../src/core/errors.js';
import type { OnProgress, StreamWriter } from '../../../src/store/journal/stream-writer.js';
import type { JournalWriter } from '../../../src/store/journal/writer.js';
import { ServerMetrics } from '../../../src/server/metrics.js';
import type { Sender } from '../../../src/receivers/auth/access.js';
import type { Intake } from '../../../src/receivers/intake.js';
import { WebSocketTransport } from '../../../src/receivers/websocket/websocket.js';
import { ANYONE, openGuard } from '../../helpers/sender.js';
import { closeOf } from '../../helpers/http.js';
import { until } from '../../helpers/store.js';

/** A journal that stores so many events of a stream, then fails. */
function failingWriter(room: number): JournalWriter {
  return {
    queuedBytes: 0,
    isFull: false,
    onRoom: () => undefined,
    openStream(_, onProgress: OnProgress) {
      const stream = {
        id: 1,
        stored: 0,
        duplicates: 0,
        repeated: 0,
        denied: 0,
        pending: 0,
        error: undefined as TelemetryError | undefined,
        beginSource: () => () => undefined,
        append() {
          stream.pending++;
          if (stream.pending <= room) return;
          stream.stored = room;
          stream.pending -= room;
          onProgress(stream, false);
          stream.pending = 0;
          stream.error = new TelemetryError('failure', 'the disk is full');
          onProgress(stream, false);
        },
        close: () => void setImmediate(() => onProgress(stream, true)),
      } satisfies StreamWriter;
      return stream;
    },
    close: () => Promise.resolve(),
  };
}

/** A connection to a transport of its own: what it was told, and the server's end of it. */
async function connection(intake: Pick<Intake, 'writer'> & Partial<Intake>, sender: Sender = ANYONE) {
  const transport = new WebSocketTransport({
    process: journal => journal,
    counts: new ServerMetrics().counts,
    guard: openGuard(),
    durability: 'fsync',
    maxEventBytes: 1000,
    idleTimeoutMs: 1000,
    ...intake,
  });
  let end: Socket | undefined;
  const listener = createServer().on('upgrade', (request, socket, head) => {
    transport.handleUpgrade(request, socket, head, sender);
  });
  listener.on('connection', (socket: Socket) => (end = socket));
  onTestFinished(() => void listener.close());
  await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve));
  const socket = new WebSocket(`ws://127.0.0.1:${(listener.address() as AddressInfo).port}`);
  const told: unknown[] = [];
  socket.on('message', (data: Buffer) => told.push(data.toString()));
  socket.on('close', code => told.push(code));
  await once(socket, 'open');
  return { socket, told, end: end! };
}

test.each([
  [2, ['2', 1011]],
  [0, [1011]],
])('acknowledges %i stored events before it ends for a failing journal', async (room, expected) => {
  const { socket, told } = await connection({ writer: failingWriter(room) });
  for (let i = 0; i <= room; i++) socket.send(String(i));
  await closeOf(socket);
  expect(told).toEqual(expected);
});

test('ends the connection with 1011 at a processor error, and the server survives', async () => {
  const process = (): (() => never) => () => {
    throw new RangeError('Maximum call stack size exceeded');
  };
  const { socket, told } = await connection({ writer: failingWriter(1), process });
  socket.send('1');
  await closeOf(socket);
  expect(told).toEqual(['0', 1011]);
});

test('reads no more of an overdrawn sender when the journal has room again', async () => {
  let makeRoom: (() => void) | undefined;
  const writer = { ...failingWriter(1000), isFull: true, onRoom: (callback: () => void) => void (makeRoom = callback) };
  let left = 1;
  const allowance = { spend: () => undefined, waitMs: () => (left-- > 0 ? 0 : 60_000) };
  const { socket, end } = await connection({ writer }, { ...ANYONE, allowance });
  // In one write: the second comes although the first has stopped the reading.
  const { _socket: wire } = socket as unknown as { _socket: Socket };
  wire.cork();
  socket.send('1');
  socket.send('2');
  wire.uncork();
  await until(() => makeRoom !== undefined && end.isPaused());

  makeRoom!();
  expect(end.isPaused()).toBe(false);
  socket.send('3');
  await until(() => end.isPaused());
  socket.terminate();
});
