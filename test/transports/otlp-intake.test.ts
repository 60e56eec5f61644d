import { expect, test } from 'vitest';
import { startWriterThread } from '../../src/journal/start-writer-thread.js';
import { openWriter } from '../../src/journal/writer.js';
import { serverMetrics } from '../../src/server/metrics.js';
import { otlpIntake } from '../../src/transports/otlp-intake.js';
import { ANYONE, openGuard } from '../helpers/sender.js';
import { payloads, temporaryStore } from '../helpers/store.js';

const RECORDS = 40_000;

test('given a request that is partly stored, when the server stops, then all of it is stored and said to be; the next one fails', async () => {
  const dir = temporaryStore();
  const onCrash = (error: Error): never => {
    throw error;
  };
  const writer = openWriter({ thread: await startWriterThread(dir, 'none'), queueBytes: 1000, now: () => 1, onCrash });
  const otlp = otlpIntake({
    writer,
    admit:
      journal =>
      (...event) => {
        journal(...event);
        otlp.stop();
      },
    counts: serverMetrics().counts,
    guard: openGuard(),
    durability: 'none',
    maxEventBytes: 1000,
    idleTimeoutMs: 1000,
  });
  const logRecords = Array.from({ length: RECORDS }, () => ({ body: { stringValue: 'a line of a log' } }));
  const request = {
    signal: 'logs',
    encoding: 'json',
    bytes: Buffer.from(JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] })),
    opening: { transport: 'otlp-http', remote: undefined, path: '/v1/logs', headers: '{}' },
    sender: ANYONE,
  } as const;

  expect((await otlp.take(request)).failure).toBeUndefined();
  expect((await otlp.take(request)).failure).toMatchObject({ status: 503, reason: 'stopping' });
  await writer.close();
  expect(payloads(dir)).toHaveLength(RECORDS);
});
