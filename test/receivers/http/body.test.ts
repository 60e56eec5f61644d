import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import type { Decoder } from '../../../src/formats/decoder.js';
import type { JournalWriter } from '../../../src/store/journal/writer.js';
import { ServerMetrics } from '../../../src/server/metrics.js';
import { ANYONE, openGuard } from '../../helpers/sender.js';
import { readBody, type BodyEnd } from '../../../src/receivers/http/body.js';

const CHUNKS = 5;

const writer: JournalWriter = {
  queuedBytes: 0,
  isFull: false,
  onRoom: () => undefined,
  openStream: () => {
    throw new Error('no stream is opened here');
  },
  close: () => Promise.resolve(),
};

test('yields to others between the chunks of a body with a slow decoder', async () => {
  const request = new IncomingMessage(new Socket());
  for (let i = 0; i < CHUNKS; i++) request.push('1');
  request.push(null);
  const log: string[] = [];
  const decoder: Decoder = {
    write() {
      log.push('chunk');
      setImmediate(() => log.push('others'));
      return Promise.resolve();
    },
    end: () => undefined,
  };
  const end = await new Promise<BodyEnd>(resolve => {
    readBody(
      request,
      decoder,
      {
        writer,
        process: journal => journal,
        counts: new ServerMetrics().counts,
        guard: openGuard(),
        durability: 'fsync',
        maxEventBytes: 1000,
        idleTimeoutMs: 1000,
      },
      ANYONE.allowance,
      resolve,
    );
  });
  expect(end).toBe('complete');
  expect(log).toEqual(
    Array.from({ length: CHUNKS }, () => ['chunk', 'others'])
      .flat()
      .slice(0, -1),
  );
});
