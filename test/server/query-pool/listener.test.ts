import { mkdirSync, mkdtempSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { listenForQueries, type QueryListener } from '../../../src/server/query-pool/listener.js';
import { QueryPool } from '../../../src/server/query-pool/pool.js';
import { removeDirectory } from '../../helpers/remove-directory.js';

function directory(): string {
  const dir = mkdtempSync(join(tmpdir(), 'telemetry-listener-'));
  onTestFinished(() => removeDirectory(dir));
  return dir;
}

async function listening(store: string, runtime: string): Promise<QueryListener | undefined> {
  const pool = new QueryPool({ store, kind: 'questions', processes: 1, questionsAtOnce: 1 });
  const listener = await listenForQueries(store, 'query', { XDG_RUNTIME_DIR: runtime }, pool);
  onTestFinished(() => listener?.close());
  return listener;
}

/** A store whose path is too long for a socket. */
function longStore(): string {
  const store = join(directory(), 'x'.repeat(100));
  mkdirSync(store);
  return store;
}

test('listens in the store, for its user alone', async () => {
  const store = directory();
  const listener = await listening(store, directory());
  expect(listener?.path).toBe(join(store, 'query.sock'));
  expect(statSync(listener!.path).mode & 0o777).toBe(0o600);
  listener!.close();
  expect(readdirSync(store)).toEqual([]);
});

test('listens in a closed directory of the user where the path of the store is too long', async () => {
  const runtime = directory();
  const listener = await listening(longStore(), runtime);
  const [name] = readdirSync(runtime);
  expect(listener?.path).toMatch(new RegExp(`^${join(runtime, name!)}/[\\da-f]{16}-query\\.sock$`));
  expect(statSync(join(runtime, name!)).mode & 0o777).toBe(0o700);
  expect(statSync(listener!.path).mode & 0o777).toBe(0o600);
});

test('takes no directory that is a link', async () => {
  const runtime = directory();
  symlinkSync(directory(), join(runtime, `telemetry-${process.getuid!()}`));
  expect(await listening(longStore(), runtime)).toBeUndefined();
});
