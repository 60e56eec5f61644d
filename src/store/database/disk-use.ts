import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { RESERVE } from './reserve.js';
import { databaseFile } from './store.js';

/** `stat` counts in these, whatever the file system does. */
const STAT_BLOCK_BYTES = 512;

/** What a store takes on the disk, in bytes, as the file system says: its database, the log and its archive, without the reserve. */
export function diskUsage(dir: string): number {
  const names = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter(name => name !== RESERVE);
  return diskUsageOf(names.map(name => join(dir, name)));
}

/** What the journal takes of it: the database and its log. */
export function journalUsage(dir: string): number {
  return diskUsageOf([databaseFile(dir), `${databaseFile(dir)}-wal`]);
}

/** What files take on the disk, in bytes; those that are not there, nothing. */
export function diskUsageOf(files: readonly string[]): number {
  return files
    .map(path => statSync(path, { throwIfNoEntry: false }))
    .reduce((sum, stat) => sum + (stat ? stat.blocks * STAT_BLOCK_BYTES : 0), 0);
}
