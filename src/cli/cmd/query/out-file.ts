import { rmSync } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { codeOf, messageOf, TelemetryError } from '../../../core/errors.js';

/** A file being written under a name of its own, beside the one it will replace. */
export interface FileBeside {
  readonly path: string;
  write(text: string): Promise<void>;
}

/**
 * Lets `work` write a file, which takes the name `target` once it is whole and on disk; when `work` fails, nothing is left.
 * @throws TelemetryError `failure` when the file cannot be written; whatever `work` throws.
 */
export async function writeBeside(target: string, work: (file: FileBeside) => Promise<void>): Promise<void> {
  const path = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
  const removeAtExit = (): void => rmSync(path, { force: true });
  process.once('exit', removeAtExit);
  try {
    if (await isDirectory(target)) throw new TelemetryError('failure', `cannot write ${target}: it is a directory`);
    const file = await open(path, 'w');
    try {
      await work({ path, write: text => file.appendFile(text) });
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(path, target);
    await syncDirectory(dirname(target));
  } catch (error) {
    await rm(path, { force: true });
    if (codeOf(error) === undefined) throw error;
    throw new TelemetryError('failure', `cannot write ${target}: ${messageOf(error)}`, { cause: error });
  } finally {
    process.removeListener('exit', removeAtExit);
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
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
