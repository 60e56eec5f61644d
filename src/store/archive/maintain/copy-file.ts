import { constants } from 'node:fs';
import { copyFile as copyWhole, open, type FileHandle } from 'node:fs/promises';
import { codeOf } from '../../../core/errors.js';

/** Read at once: an abort waits no longer than for this much to be written. */
const CHUNK_BYTES = 1024 * 1024;

/** Error codes for two files that cannot share blocks. The last is for a file that lost its name after it was opened. */
const CANNOT_CLONE = new Set(['ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'EINVAL', 'ENOSYS', 'ENOTTY', 'ENOENT']);

/**
 * Copies a file to a new one that only its owner may read, on disk when this resolves. The two share their blocks where
 * the file system can. A file that is gone is passed over.
 * @throws the reason of the signal; what the disk throws.
 */
export async function copyFile(from: string, to: string, signal: AbortSignal): Promise<void> {
  const source = await openIfThere(from);
  if (!source) return;
  try {
    const isCloned = await cloneFile(from, to);
    const target = await open(to, isCloned ? 'r+' : 'wx', 0o600);
    try {
      if (isCloned) await target.chmod(0o600);
      else await copyBytes(source, target, signal);
      await target.sync();
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    return undefined;
  }
}

/** Returns false where the file system cannot share blocks between the two. */
async function cloneFile(from: string, to: string): Promise<boolean> {
  try {
    await copyWhole(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch (error) {
    if (!CANNOT_CLONE.has(codeOf(error) ?? '')) throw error;
    return false;
  }
}

async function copyBytes(source: FileHandle, target: FileHandle, signal: AbortSignal): Promise<void> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  for (;;) {
    signal.throwIfAborted();
    const { bytesRead } = await source.read(chunk, 0, chunk.length);
    if (bytesRead === 0) return;
    await target.writeFile(chunk.subarray(0, bytesRead));
  }
}
