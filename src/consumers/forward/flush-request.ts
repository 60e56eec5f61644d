import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../../core/errors.js';
import { remoteFolder } from './remote-folder.js';

/** The file by which a process asks the one that forwards not to wait for larger batches. */
function fileOf(dir: string, remote: string): string {
  return join(remoteFolder(dir, remote), 'flush');
}

/** Asks the process that forwards to a remote to send the events up to an id at once. */
export function requestFlush(dir: string, remote: string, toId: number): void {
  mkdirSync(remoteFolder(dir, remote), { recursive: true, mode: 0o700 });
  writeFileSync(fileOf(dir, remote), String(toId), { mode: 0o600 });
}

/** True while another process waits for an event after the cursor of a remote. A request that is met is removed. */
export function isFlushWanted(dir: string, remote: string, cursorId: number): boolean {
  const file = fileOf(dir, remote);
  try {
    if (Number(readFileSync(file, 'utf8')) > cursorId) return true;
    rmSync(file, { force: true });
    return false;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}
