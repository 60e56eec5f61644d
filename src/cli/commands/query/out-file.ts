import { rmSync } from 'node:fs';
import { open, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { codeOf, TelemetryError } from '../../../core/errors.js';
import { unwritableFile } from '../../../core/file-error.js';

/** A temporary file in the directory of the file that it will replace. */
export interface TempFile {
  readonly path: string;
  write(content: string | Uint8Array): Promise<void>;
}

/**
 * Lets `work` write a temporary file, then flushes it to disk and renames it to `target`. Removes it when `work` fails.
 * Writes directly to a device or a pipe, which a file must not replace.
 * @throws TelemetryError `failure` when the file cannot be written. Rethrows the errors of `work`.
 */
export async function writeAtomically(target: string, work: (file: TempFile) => Promise<void>): Promise<void> {
  let tempFile: string | undefined;
  const removeAtExit = (): void => {
    if (tempFile !== undefined) rmSync(tempFile, { force: true });
  };
  process.once('exit', removeAtExit);
  try {
    const { kind, path: real } = await inspect(target);
    if (kind === 'directory') throw unwritableFile(target, { code: 'EISDIR' });
    if (kind === 'other') {
      await writing(target, file => work({ path: target, write: content => file.appendFile(content) }));
      return;
    }
    const path = (tempFile = join(dirname(real), `.${basename(real)}.${process.pid}.tmp`));
    await writing(path, async file => {
      await work({ path, write: content => file.appendFile(content) });
      await file.sync();
    });
    await rename(path, real);
    await syncDirectory(dirname(real));
  } catch (error) {
    if (tempFile !== undefined) await rm(tempFile, { force: true });
    throw error instanceof TelemetryError || codeOf(error) === undefined ? error : unwritableFile(target, error);
  } finally {
    process.removeListener('exit', removeAtExit);
  }
}

async function writing(path: string, work: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, 'w');
  try {
    await work(file);
  } finally {
    await file.close();
  }
}

/** The kind of the file at a path, and its path after links have been resolved. */
async function inspect(target: string): Promise<{ kind: 'file' | 'directory' | 'other'; path: string }> {
  // /dev/stdout may be a file that the shell has open. The shell would go on writing to the replaced one.
  if (target.startsWith('/dev/')) return { kind: 'other', path: target };
  try {
    const stats = await stat(target);
    const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : 'other';
    return { kind, path: kind === 'file' ? await realpath(target) : target };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { kind: 'file', path: target };
    throw error;
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
