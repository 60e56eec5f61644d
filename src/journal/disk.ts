import { statSync } from 'node:fs';
import { databaseFile } from './store.js';

/** `stat` counts in these, whatever the file system does. */
const STAT_BLOCK_BYTES = 512;

/** What a store's database and its log take on the disk, in bytes, as the file system says. */
export function diskUsage(dir: string): number {
  const file = databaseFile(dir);
  return [file, `${file}-wal`]
    .map(path => statSync(path, { throwIfNoEntry: false }))
    .reduce((sum, stat) => sum + (stat ? stat.blocks * STAT_BLOCK_BYTES : 0), 0);
}
