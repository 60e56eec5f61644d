import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENCODING } from '../../../src/core/event.js';
import { EVENT_META_BYTES } from '../../../src/store/journal/batch.js';
import { startWriterThread } from '../../../src/store/journal/start-writer-thread.js';
import { openWriter, type JournalWriter } from '../../../src/store/journal/writer.js';
import { removeDirectory } from '../../helpers/remove-directory.js';

const QUEUE_BYTES = 64 * 1024;

let dir: string;
let writer: JournalWriter;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'telemetry-writer-'));
  writer = openWriter({
    thread: await startWriterThread(dir, 'none'),
    queueBytes: QUEUE_BYTES,
    now: () => 1,
    onCrash: error => {
      throw error;
    },
  });
});

afterEach(async () => {
  await writer.close();
  removeDirectory(dir);
});

describe('the queue of the writer', () => {
  it('fills up with the memory of tiny events until they are on disk', async () => {
    const facts = { shape: 1, encoding: ENCODING.none, idStart: -1, idEnd: -1 };
    let sent = 0;
    const stored = new Promise<number>(resolve => {
      const stream = writer.openStream(
        { transport: 'http', remote: undefined, path: '/', headers: '{}' },
        (progress, closed) => {
          if (closed) resolve(progress.stored);
        },
      );
      for (; !writer.isFull; sent++) stream.append(Buffer.from('1'), 0, 1, facts);
      stream.close();
    });
    expect(sent).toBe(Math.floor(QUEUE_BYTES / (1 + EVENT_META_BYTES)) + 1);
    const room = new Promise<void>(resolve => writer.onRoom(resolve));
    expect(await stored).toBe(sent);
    await room;
    expect(writer.queuedBytes).toBe(0);
  });
});
