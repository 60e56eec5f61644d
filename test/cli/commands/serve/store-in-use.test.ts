import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { lockStore } from '../../../../src/store/locks/store-lock.js';
import { commandInProcess } from '../../../helpers/command-in-process.js';
import { temporaryStore } from '../../../helpers/store.js';

const { pid } = process;
const url = 'http://127.0.0.1:1';

test.each([
  ['an import', { isTemporary: true, command: 'ingest' }, `an import (telemetry ingest)`, 'Wait until the import has'],
  [
    'a watch',
    { isTemporary: true, command: 'watch' },
    'telemetry watch',
    'Wait until that command has ended, or end it',
  ],
  ['a server', {}, `listening on ${url}`, 'Send to that server, stop it first'],
])('names %s that has the store open, and the way on', async (_, more, user, remedy) => {
  const store = temporaryStore();
  onTestFinished(lockStore(store)!);
  writeFileSync(join(store, 'server.json'), JSON.stringify({ pid, url, startedAt: '', ...more }));
  const { code, err } = await commandInProcess(['serve', '--store', store, '--port', '0'], { cwd: store });

  expect(code).toBe(1);
  expect(err).toContain(`the store ${store} is already open in process ${pid}, ${user}\n${remedy}`);
});
