import { rmSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of a store with the files of its remotes. */
const REMOTES_FOLDER = 'remotes';

/** The folder of the store at `dir` for the files of a remote: unfinished batches, and files that its kind keeps. */
export function remoteFolder(dir: string, remote: string): string {
  return join(dir, REMOTES_FOLDER, remote.toLowerCase());
}

/** Removes the files of a remote. */
export function removeRemoteFolder(dir: string, remote: string): void {
  rmSync(remoteFolder(dir, remote), { recursive: true, force: true });
}
