import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isDiskFull, troubleOf } from '../../src/core/trouble.js';
import { temporaryStore } from '../helpers/store.js';

const coded = (code: string, message = 'x'): Error => Object.assign(new Error(message), { code });

describe('troubleOf', () => {
  test.each([
    [coded('ENOSPC'), /disk is full/, /Free some space/],
    [coded('SQLITE_FULL', 'database or disk is full'), /disk is full/, /Free some space/],
    [new Error('IO Error: Could not write file "x": No space left on device'), /disk is full/, /Free some space/],
    [coded('EDQUOT'), /quota/, /larger quota/],
    [coded('EROFS'), /read-only/, /Mount it for writing/],
    [coded('EMFILE'), /open files/, /ulimit/],
    [coded('EACCES'), /permission denied/, /permissions of the directory/],
    [coded('EPERM'), /permission denied/, /permissions of the directory/],
    [
      coded('ERR_DLOPEN_FAILED', 'was compiled against a different Node.js version using NODE_MODULE_VERSION 115'),
      /another Node/,
      /npm rebuild/,
    ],
    [new Error('Could not locate the bindings file. Tried:\n -> /a'), /cannot be loaded/, /Install telemetry again/],
  ])('names the reason and the remedy of %s', (error, reason, remedy) => {
    expect(troubleOf(error)?.reason).toMatch(reason);
    expect(troubleOf(error)?.remedy).toMatch(remedy);
    if (!reason.source.includes('permission')) expect(troubleOf(error)?.remedy).not.toMatch(/permission/i);
  });

  test('takes a file that is not a module for one that cannot be loaded', () => {
    const file = join(temporaryStore(), 'broken.node');
    writeFileSync(file, 'not a module');
    let thrown: unknown;
    try {
      createRequire(import.meta.url)(file);
    } catch (error) {
      thrown = error;
    }
    expect(troubleOf(thrown)).toMatchObject({ reason: expect.stringContaining('cannot be loaded') as string });
  });

  test('knows nothing of other errors', () => {
    expect(troubleOf(new Error('x is not a function'))).toBeUndefined();
    expect(isDiskFull(coded('EACCES'))).toBe(false);
  });
});
