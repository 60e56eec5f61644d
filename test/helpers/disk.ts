import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { makeDirectory } from './store.js';
import { removeDirectory } from './remove-directory.js';

/** A file system of its own, of that many MiB; undefined where this user may not mount one. */
export function smallDisk(mebibytes: number): string | undefined {
  const dir = makeDirectory();
  onTestFinished(() => removeDirectory(dir));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=0700`, 'tmpfs', dir], { stdio: 'ignore' });
  } catch (error) {
    // No such command, or no leave: there are systems without either.
    if (error instanceof Error) return undefined;
    throw error;
  }
  onTestFinished(() => void execFileSync('umount', ['--lazy', dir]));
  return dir;
}

/** Fills a file system to its last byte. Returns what makes room again. */
export function fillDisk(disk: string): () => void {
  const ballast = join(disk, 'ballast');
  const descriptor = openSync(ballast, 'a');
  try {
    for (let bytes = 1 << 20; bytes >= 1;) {
      try {
        writeSync(descriptor, Buffer.alloc(bytes, 1));
      } catch {
        bytes >>= 1;
      }
    }
  } finally {
    closeSync(descriptor);
  }
  return () => rmSync(ballast);
}
