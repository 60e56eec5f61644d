import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { RESERVE } from './reserve.js';
import { databaseFile } from './store.js';

/** Bytes of a block in `stat`, on every file system. */
const STAT_BLOCK_BYTES = 512;

/** Disk use of a store in bytes, as the file system reports it: database, log and archive, without the reserve. */
export function diskUsage(dir: string): number {
  const names = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter(name => name !== RESERVE);
  return diskUsageOf(names.map(name => join(dir, name)));
}

/** Disk use of the journal in bytes: the database and its log. */
export function journalUsage(dir: string): number {
  return diskUsageOf([databaseFile(dir), `${databaseFile(dir)}-wal`]);
}

/** Disk use of files in bytes. Missing files count as 0. */
export function diskUsageOf(files: readonly string[]): number {
  return files
    .map(path => statSync(path, { throwIfNoEntry: false }))
    .reduce((sum, stat) => sum + (stat ? stat.blocks * STAT_BLOCK_BYTES : 0), 0);
}
