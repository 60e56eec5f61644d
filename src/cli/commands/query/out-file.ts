import { rmSync } from 'node:fs';
import { open, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { codeOf, messageOf, TelemetryError } from '../../../core/errors.js';

/** A file being written under a name of its own, beside the one it will replace. */
export interface FileBeside {
  readonly path: string;
  write(text: string): Promise<void>;
}

/**
 * Lets `work` write a file, which takes the name `target` once it is whole and on disk; when `work` fails, nothing is
 * left. A device or a pipe is written to as it is: it must not be replaced by a file.
 * @throws TelemetryError `failure` when the file cannot be written; whatever `work` throws.
 */
export async function writeBeside(target: string, work: (file: FileBeside) => Promise<void>): Promise<void> {
  let temporary: string | undefined;
  const removeAtExit = (): void => {
    if (temporary !== undefined) rmSync(temporary, { force: true });
  };
  process.once('exit', removeAtExit);
  try {
    const { kind, path: real } = await lookAt(target);
    if (kind === 'directory') throw new TelemetryError('failure', `cannot write ${target}: it is a directory`);
    if (kind === 'other') {
      await writing(target, file => work({ path: target, write: text => file.appendFile(text) }));
      return;
    }
    const path = (temporary = join(dirname(real), `.${basename(real)}.${process.pid}.tmp`));
    await writing(path, async file => {
      await work({ path, write: text => file.appendFile(text) });
      await file.sync();
    });
    await rename(path, real);
    await syncDirectory(dirname(real));
  } catch (error) {
    if (temporary !== undefined) await rm(temporary, { force: true });
    if (codeOf(error) === undefined) throw error;
    throw new TelemetryError('failure', `cannot write ${target}: ${messageOf(error)}`, { cause: error });
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

/** What is at a path, and where: a link stands for what it leads to. */
async function lookAt(target: string): Promise<{ kind: 'file' | 'directory' | 'other'; path: string }> {
  // /dev/stdout may lead to a file that the shell has open: replaced, it would not be where the shell writes.
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
