import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readServerFile, serverFile } from '../../src/client/server-file.js';
import { removeDirectory } from '../helpers/remove-directory.js';

describe('readServerFile', () => {
  let dir: string;
  beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'server-file-'))));
  afterEach(() => removeDirectory(dir));

  test('given a living server, then what its file says', () => {
    const said = { pid: process.pid, url: 'http://127.0.0.1:1', startedAt: '2026-11-22T10:00:00.000Z' };
    writeFileSync(serverFile(dir), JSON.stringify(said));

    expect(readServerFile(dir)).toEqual(said);
  });

  test.each([
    ['no file', undefined],
    // No process has a pid this large: Linux ends at 2^22.
    ['a server that died', JSON.stringify({ pid: 99_999_999, url: 'http://127.0.0.1:1', startedAt: '' })],
    ['half a file', '{"pid": 1'],
    ['null', 'null'],
    ['no URL', `{"pid": ${process.pid}}`],
  ])('given %s, then undefined', (_case, content) => {
    if (content !== undefined) writeFileSync(serverFile(dir), content);

    expect(readServerFile(dir)).toBeUndefined();
  });
});
