import { utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { FingerprintBuilder } from '../../../src/sources/shared/fingerprint.js';
import { isPassed, rotatedSince } from '../../../src/sources/follow/rotated.js';
import { temporaryStore } from '../../helpers/store.js';

/** Files of a directory of their own, all written to at the same time. */
function directoryOf(files: Readonly<Record<string, string | Buffer>>) {
  const dir = temporaryStore();
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(dir, name), text);
    utimesSync(join(dir, name), 1000, 1000);
  }
  return (name: string): string => join(dir, name);
}

test.each([
  ['numbers', ['app.log.10', 'app.log.9', 'app.log.1']],
  ['dates', ['app.log-20261123', 'app.log-20261124', 'app.log-20261125']],
  ['hours', ['app.log.2026-11-24_09', 'app.log.2026-11-24_10']],
])('sorts rotated files with %s of the same time by age', async (_, names) => {
  const path = directoryOf(
    Object.fromEntries(['app.log', 'app.log.txt', 'application.log.1', ...names].map(n => [n, n])),
  );

  const found = await rotatedSince(path('app.log'), 0, []);

  expect(found.map(sibling => basename(sibling.path))).toEqual(names);
});

test('reads only the original while a compressed copy of it exists', async () => {
  const path = directoryOf({
    'app.log.1': 'a\n',
    'app.log.1.gz': gzipSync('a\n').subarray(0, 8),
    'app.log.2.gz': gzipSync('b\n'),
  });

  const found = await rotatedSince(path('app.log'), 0, []);

  expect(found.map(sibling => basename(sibling.path))).toEqual(['app.log.2.gz', 'app.log.1']);
});

test('recognizes a copy by all of its bytes, and the file by those that were read', async () => {
  const path = directoryOf({
    copy: 'a\n',
    zipped: gzipSync('a\n'),
    longer: 'a\nb\n',
    'longer zipped': gzipSync('a\nb\n'),
  });
  const builder = new FingerprintBuilder();
  builder.add(Buffer.from('a\n'));
  const passed = [{ ...builder.fingerprint(), file: '1:1' }];
  const names = ['copy', 'zipped', 'longer', 'longer zipped'];

  expect(await Promise.all(names.map(name => isPassed(path(name), passed)))).toEqual([true, true, false, false]);
});
