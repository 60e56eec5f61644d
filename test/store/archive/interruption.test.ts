import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { verifyStore } from '../../../src/store/archive/maintain/verify.js';
import { withArchive, type ArchiveOptions } from '../../../src/store/archive/seal/open-archive.js';
import { sealJournal } from '../../../src/store/archive/seal/seal-journal.js';
import { commandInProcess } from '../../helpers/command-in-process.js';
import { temporaryStore } from '../../helpers/store.js';

/** A statement that runs until it is interrupted. */
const ENDLESS = 'select sum(a.range * b.range) from range(10000000) a, range(10000000) b';

describe('work on the archive that is aborted', () => {
  let options: ArchiveOptions;
  let controller: AbortController;
  beforeEach(async () => {
    const cwd = temporaryStore();
    const dir = join(cwd, 'store');
    writeFileSync(join(cwd, 'a.ndjson'), '{"n":1}\n{"n":2}\n');
    await commandInProcess(['ingest', '--store', dir, 'a.ndjson'], { cwd });
    options = { dir, memory: 128 * 1024 * 1024, threads: 1, now: () => Date.now() * 1000 };
    controller = new AbortController();
  });

  const seal = () => sealJournal({ ...options, isShared: () => false }, new AbortController().signal);

  test('resolves to undefined when its statement is interrupted', async () => {
    const done = await withArchive(options, controller.signal, async ({ engine }) => {
      const connection = await engine.connection();
      controller.abort();
      // A statement that has not begun yet is not interrupted.
      const interrupting = setInterval(() => connection.interrupt(), 20);
      await connection.run(ENDLESS).finally(() => clearInterval(interrupting));
      return 'done';
    });
    expect(done).toBeUndefined();
  });

  test('rejects with any other error', async () => {
    const work = withArchive(options, controller.signal, () => {
      controller.abort();
      return Promise.reject(new Error('no room'));
    });
    await expect(work).rejects.toThrow('no room');
  });

  test('leaves all events that are not sealed to the next time', async () => {
    const onProgress = (): void => controller.abort();
    const first = await sealJournal({ ...options, isShared: () => false, onProgress }, controller.signal);
    expect(first).toEqual({ events: 0, segments: 0, bytes: 0, isComplete: false });
    expect(await seal()).toMatchObject({ events: 2, isComplete: true });
  });

  test('takes no segment for damaged that a verification could not read', async () => {
    await seal();
    const onProgress = (): void => controller.abort();
    const found = await verifyStore({ ...options, isDeep: true, repairs: false, onProgress }, controller.signal);
    expect(found).toMatchObject({ findings: [], isComplete: false });
  });
});
