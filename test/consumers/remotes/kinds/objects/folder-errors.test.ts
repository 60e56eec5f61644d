import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rowsOf } from '../../../../../src/query/result/rows.js';
import { openReader } from '../../../../helpers/remotes.js';
import { addRemote, forward, forwardCommand, makeStore, numbered, place } from './fixture.js';

// In a process of its own, which a timeout ends: mkdir of Node 20 with `recursive` never returned there.
test.skipIf(!existsSync('/proc/self'))(
  'given a folder that cannot be created, then forwarding fails (skipped without /proc)',
  () => {
    const store = join(place(), 'store');
    makeStore(store, numbered(1, 1));
    addRemote(store, 'lake', 'file:///proc/nope/lake');

    const { status, stderr } = forwardCommand(store);

    expect(stderr).toContain('cannot use /proc/nope/lake: ENOENT');
    expect(status).toBe(1);
  },
);

test('given a statement that reads another file, then the hint is one of remotes', async () => {
  const home = place();
  const store = join(home, 'store');
  makeStore(store, numbered(1, 1));
  addRemote(store, 'lake', `file://${home}/lake`);
  await forward(store);
  const reader = await openReader(store, 'lake');

  await expect(reader.query(`from '/etc/passwd.csv'`).then(rowsOf)).rejects.toMatchObject({
    remedy: 'A remote has its own files only. A query without --remote reads others with --with.',
  });
  await reader.close();
});
