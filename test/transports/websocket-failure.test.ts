import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { TelemetryError } from '../../src/core/errors.js';
import type { JournalWriter, OnProgress, StreamWriter } from '../../src/journal/writer.js';
import { serverMetrics } from '../../src/server/metrics.js';
import { ANYONE, openGuard } from '../helpers/sender.js';
import { webSocketTransport } from '../../src/transports/websocket.js';

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
        denied: 0,
        pending: 0,
        error: undefined as TelemetryError | undefined,
        beginFeed: () => () => undefined,
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

test.each([
  [2, ['2', 1011]],
  [0, [1011]],
])(
  'given a journal that stores %i events and then fails, when the connection ends, then these are acknowledged before',
  async (room, told) => {
    const transport = webSocketTransport({
      writer: failingWriter(room),
      admit: journal => journal,
      counts: serverMetrics().counts,
      guard: openGuard(),
      durability: 'fsync',
      maxEventBytes: 1000,
      idleTimeoutMs: 1000,
    });
    const listener = createServer().on('upgrade', (...offer) => transport.handleUpgrade(...offer, ANYONE));
    onTestFinished(() => void listener.close());
    await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve));
    const socket = new WebSocket(`ws://127.0.0.1:${(listener.address() as AddressInfo).port}`);
    const log: unknown[] = [];
    socket.on('message', (data: Buffer) => log.push(data.toString()));
    socket.on('close', code => log.push(code));
    await once(socket, 'open');
    for (let i = 0; i <= room; i++) socket.send(String(i));
    await once(socket, 'close');
    expect(log).toEqual(told);
  },
);
