import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeStoreDirectory } from '../../../src/store/database/store.js';
import { makeDirectory } from '../../helpers/store.js';

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
