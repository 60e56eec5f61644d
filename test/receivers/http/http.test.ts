import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { SOURCE_HEADERS } from '../../../src/core/source.js';
import { TelemetryError } from '../../../src/core/errors.js';
import { startWriterThread } from '../../../src/store/journal/start-writer-thread.js';
import type { OnProgress } from '../../../src/store/journal/stream-writer.js';
import { openWriter, type JournalWriter } from '../../../src/store/journal/writer.js';
import { ServerMetrics } from '../../../src/server/metrics.js';
import { HttpTransport } from '../../../src/receivers/http/http.js';
import type { Intake } from '../../../src/receivers/intake.js';
import { post } from '../../helpers/http.js';
import { ANYONE, openGuard } from '../../helpers/sender.js';
import { payloads, temporaryStore } from '../../helpers/store.js';

async function listening(writer: JournalWriter, process: Intake['process'] = journal => journal) {
  const transport = new HttpTransport({
    writer,
    process,
    counts: new ServerMetrics().counts,
    guard: openGuard(),
    durability: 'none',
    maxEventBytes: 1000,
    idleTimeoutMs: 1000,
  });
  const listener = createServer((request, response) => transport.handle(request, response, ANYONE));
  onTestFinished(() => void listener.close());
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return { transport, url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}` };
}

test('counts all stored rows of a CSV that is being parsed when the server stops', async () => {
  const dir = temporaryStore();
  const onCrash = (error: Error): never => {
    throw error;
  };
  const writer = openWriter({ thread: await startWriterThread(dir, 'none'), queueBytes: 1e6, now: () => 1, onCrash });
  const { transport, url } = await listening(writer, journal => (...event) => {
    journal(...event);
    transport.stop();
  });
  const { status, body } = await post(url, 'a\n1\n2\n3\n', { 'content-type': 'text/csv' });
  await writer.close();

  expect([status, body.split('\n')[1]]).toEqual([503, '1']);
  expect(payloads(dir)).toEqual(['{"a":1}']);
});

test('allows a retry when the journal fails before an event that is refused', async () => {
  const writer: JournalWriter = {
    queuedBytes: 0,
    isFull: false,
    onRoom: () => undefined,
    openStream(_, onProgress: OnProgress) {
      const error = new TelemetryError('failure', 'the disk is full');
      const stream = { id: 1, stored: 0, duplicates: 0, repeated: 0, denied: 0, pending: 0, error };
      const opened = { ...stream, beginSource: () => () => undefined, append: () => undefined, close: () => undefined };
      return { ...opened, close: () => void setImmediate(() => onProgress(opened, true)) };
    },
    close: () => Promise.resolve(),
  };
  const { url } = await listening(writer);
  const headers = { [SOURCE_HEADERS.source]: 'a', [SOURCE_HEADERS.position]: '0' };

  expect(await post(url, '{"a":1}\n{"a":', headers)).toMatchObject({ status: 503 });
});
