import { expect, test } from 'vitest';
import { unreadableFile, unwritableFile } from '../../src/core/file-error.js';

const coded = (code: string, message = code) => Object.assign(new Error(message), { code });

test.each([
  ['ENOENT', 'no such file', 'Check its name and its path.'],
  ['EISDIR', 'it is a directory', 'Name a file in it.'],
  ['EPERM', 'permission denied', 'Let this user read it, or name another file.'],
  ['EIO', 'the disk reports an error', 'Name a file that can be read.'],
])('says why a file cannot be read, and what to do: %s', (code, reason, remedy) => {
  expect(unreadableFile('a.csv', coded(code))).toMatchObject({
    kind: 'failure',
    message: `cannot read a.csv: ${reason}`,
    remedy,
  });
});

test.each([
  ['/no/such/a.csv', 'ENOENT', 'the directory /no/such does not exist', 'Create it with mkdir -p /no/such, or'],
  ['/proc/a.csv', 'ENOENT', 'it cannot be created there', 'Name a file where this user may write.'],
  ['a.csv', 'EACCES', 'permission denied', 'Name a file where this user may write.'],
  ['a.csv', 'ENOSPC', 'the disk is full', 'Make room on it, or name a file on another disk.'],
])('says why %s cannot be written: %s', (file, code, reason, remedy) => {
  const error = unwritableFile(file, coded(code));
  expect(error.message).toBe(`cannot write ${file}: ${reason}`);
  expect(error.remedy).toContain(remedy);
});

test('does not show the name of a temporary file', () => {
  const error = coded('EBUSY', "EBUSY: resource busy, open '/a/.x.csv.12.tmp'");
  expect(unwritableFile('/a/x.csv', error).message).toBe('cannot write /a/x.csv: EBUSY: resource busy');
});
