import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Queries } from '../../src/server/queries.js';
import { removeDirectory } from '../helpers/remove-directory.js';

test('answers no queries over HTTP where the token cannot be written, and says why', async () => {
  const store = mkdtempSync(join(tmpdir(), 'telemetry-queries-'));
  onTestFinished(() => removeDirectory(store));
  // A directory in its place, since a test that runs as root may write anywhere.
  mkdirSync(join(store, 'read.token', 'x'), { recursive: true });
  const said: string[] = [];
  const queries = new Queries({ store, version: '0', processes: 1, log: text => said.push(text) });
  await queries.listen();
  expect(queries.api).toBeUndefined();
  expect(queries.socket).toBe(join(store, 'query.sock'));
  expect(said).toEqual([expect.stringMatching(/^answers no queries over HTTP: cannot write the token for them: /)]);
  await queries.stop();
});
