import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeStoreDirectory, openForReading, openForWriting } from '../../../src/store/database/store.js';
import { lockIn } from '../../../src/store/locks/store-lock.js';
import { makeDirectory, temporaryStore } from '../../helpers/store.js';
import { removeDirectory } from '../../helpers/remove-directory.js';

describe('makeStoreDirectory', () => {
  test('creates several missing directories for their owner alone', () => {
    const dir = join(makeDirectory(), 'a', 'b', 'c');

    makeStoreDirectory(dir);
    makeStoreDirectory(dir);

    expect(statSync(dir).mode & 0o777).toBe(0o700);
    expect(statSync(join(dir, '..')).mode & 0o777).toBe(0o700);
  });

  test.runIf(process.platform === 'linux')('given a place where none can be made, then it fails at once', () => {
    expect(() => makeStoreDirectory('/proc/nope/store')).toThrow('ENOENT');
  });
});

const modeOf = (path: string): number => statSync(path).mode & 0o7777;

/** A directory with a mode, whatever the umask is. */
function directory(mode: number): string {
  const dir = join(temporaryStore(), 'dir');
  mkdirSync(dir);
  chmodSync(dir, mode);
  return dir;
}

describe.skipIf(process.platform === 'win32')('a directory that is open to other users', () => {
  test.each([0o755, 0o750, 0o777, 0o701])('and empty is closed, mode %i', mode => {
    const dir = directory(mode);

    openForWriting(dir).close();

    expect(modeOf(dir)).toBe(0o700);
  });

  test('and has a store is closed once it is opened for writing, not for reading', () => {
    const dir = directory(0o700);
    openForWriting(dir).close();
    chmodSync(dir, 0o755);

    openForReading(dir).close();
    expect(modeOf(dir)).toBe(0o755);

    lockIn(dir, 'server.lock')!();
    expect(modeOf(dir)).toBe(0o700);
  });

  test('and has other files keeps its mode, and what is of the store is closed', () => {
    const dir = directory(0o755);
    writeFileSync(join(dir, 'mine'), '', { mode: 0o644 });
    openForWriting(dir).close();
    expect(modeOf(dir)).toBe(0o755);
    expect(modeOf(join(dir, 'telemetry.db'))).toBe(0o600);
    mkdirSync(join(dir, 'archive'), { mode: 0o755 });
    chmodSync(join(dir, 'telemetry.db'), 0o644);

    openForWriting(dir).close();

    expect(modeOf(dir)).toBe(0o755);
    expect(modeOf(join(dir, 'telemetry.db'))).toBe(0o600);
    expect(modeOf(join(dir, 'archive'))).toBe(0o700);
    expect(modeOf(join(dir, 'mine'))).toBe(0o644);
  });

  test.each([0o777, 0o775, 0o1777])('and has other files that others may replace is refused, mode %i', mode => {
    const dir = directory(mode);
    writeFileSync(join(dir, 'mine'), '');

    for (const open of [() => openForWriting(dir), () => lockIn(dir, 'server.lock')]) {
      expect(open).toThrow(`cannot keep a store in ${dir}: `);
    }
    expect(modeOf(dir)).toBe(mode);
    openForWriting(join(dir, 'telemetry')).close();
    expect(modeOf(join(dir, 'telemetry'))).toBe(0o700);
  });

  test('and is shared by all users, as /tmp is, is refused although it is empty', () => {
    const dir = directory(0o1777);

    expect(() => openForWriting(dir)).toThrow(`cannot keep a store in ${dir}: all users share it (mode 1777)`);
    expect(modeOf(dir)).toBe(0o1777);
  });
});

test('a lock that is asked for again in its process is still held', () => {
  const dir = directory(0o700);
  const release = lockIn(dir, 'server.lock')!;

  expect(lockIn(dir, 'server.lock')).toBeUndefined();
  release();
  removeDirectory(dir);
});
