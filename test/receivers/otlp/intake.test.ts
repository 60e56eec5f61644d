import { expect, test } from 'vitest';
import { startWriterThread } from '../../../src/store/journal/start-writer-thread.js';
import { openWriter } from '../../../src/store/journal/writer.js';
import { ServerMetrics } from '../../../src/server/metrics.js';
import { OtlpIntake, type OtlpCall } from '../../../src/receivers/otlp/intake.js';
import { ANYONE, openGuard } from '../../helpers/sender.js';
import { payloads, temporaryStore } from '../../helpers/store.js';

const RECORDS = 40_000;

/** An intake of a store of its own; `onEvent` is called for each event that is handed on. */
async function otlpTo(dir: string, onEvent: (otlp: OtlpIntake) => void = () => undefined) {
  const onCrash = (error: Error): never => {
    throw error;
  };
  const writer = openWriter({ thread: await startWriterThread(dir, 'none'), queueBytes: 1000, now: () => 1, onCrash });
  const otlp = new OtlpIntake({
    writer,
    process:
      journal =>
      (...event) => {
        journal(...event);
        onEvent(otlp);
      },
    counts: new ServerMetrics().counts,
    guard: openGuard(),
    durability: 'none',
    maxEventBytes: 1000,
    idleTimeoutMs: 1000,
  });
  return { writer, otlp };
}

function callOf(otlp: OtlpIntake, bytes: Uint8Array, onRelease: () => void = () => undefined): OtlpCall {
  const body = otlp.bodies.open(bytes.length);
  expect(body.add(bytes)).toBeUndefined();
  return {
    signal: 'logs',
    encoding: 'json',
    body: {
      add: chunk => body.add(chunk),
      get bytes() {
        return body.bytes;
      },
      release() {
        onRelease();
        body.release();
      },
    },
    opening: { transport: 'otlp-http', remote: undefined, path: '/v1/logs', headers: '{}' },
    origin: { request: 'POST /v1/logs' },
    sender: ANYONE,
  };
}

function logsOf(records: number): Uint8Array {
  const logRecords = Array.from({ length: records }, () => ({ body: { stringValue: 'a line of a log' } }));
  return Buffer.from(JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }));
}

test('completes a partly stored request when the server stops, and fails the next', async () => {
  const dir = temporaryStore();
  const { writer, otlp } = await otlpTo(dir, stopped => stopped.stop());
  const request = logsOf(RECORDS);

  expect((await otlp.take(callOf(otlp, request))).failure).toBeUndefined();
  expect((await otlp.take(callOf(otlp, request))).failure).toMatchObject({ status: 503, reason: 'stopping' });
  await writer.close();
  expect(payloads(dir)).toHaveLength(RECORDS);
});

test('frees the memory of a request while its events are on their way to the disk', async () => {
  const { writer, otlp } = await otlpTo(temporaryStore());
  const queued: number[] = [];

  const taken = otlp.take(callOf(otlp, logsOf(3), () => queued.push(writer.queuedBytes)));

  expect((await taken).failure).toBeUndefined();
  expect(queued[0]).toBeGreaterThan(0);
  await writer.close();
});

test('given a request that cannot be read, then its memory is free', async () => {
  const { writer, otlp } = await otlpTo(temporaryStore());
  const call = callOf(otlp, Buffer.from('{"resourceLogs":'));

  expect((await otlp.take(call)).failure).toMatchObject({ status: 400 });
  expect(call.body.bytes).toHaveLength(0);
  await writer.close();
});
