import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { faultPoint } from '../../../core/fault-point.js';
import type { Catalog } from '../../catalog/catalog.js';
import { oldestPin } from '../../locks/reader-pins.js';
import { DATABASE_FILE } from '../formats/duckdb/database.js';
import { isInDatabase } from '../formats/duckdb/kind.js';
import { archiveFolder, damagedFile, removeFile } from '../files.js';

/** File systems keep times in coarser steps than the clock. */
const TIME_TOLERANCE_MS = 1000;

/**
 * Removes the files of dropped segments that no query still reads: of those that were dropped before the oldest query
 * under way began. The files stay until a checkpoint holds the change that dropped them: a log that is damaged later must
 * not bring segments back whose files are gone. To be called by whoever holds the archive's lock.
 * @returns how many files are gone, and how many must wait.
 */
export function sweepDropped(dir: string, catalog: Catalog): { removed: number; waiting: number } {
  const dropped = catalog.dropped();
  if (dropped.length === 0) return { removed: 0, waiting: 0 };
  const oldest = oldestPin(dir) ?? Infinity;
  const free = dropped.filter(({ droppedAt }) => droppedAt / 1000 + TIME_TOLERANCE_MS < oldest);
  if (free.length === 0 || !catalog.isCheckpointed()) return { removed: 0, waiting: dropped.length };
  for (const { file } of free) removeFile(dir, file);
  faultPoint('compact:swept');
  catalog.forget(free.map(({ id }) => id));
  return { removed: free.length, waiting: dropped.length - free.length };
}

/** Files of the archive that the catalog does not know, and that verify has not set aside: what a crash left. Relative to the store. */
export function findOrphans(dir: string, catalog: Pick<Catalog, 'segments' | 'damagedSegments' | 'dropped'>): string[] {
  const folder = archiveFolder(dir);
  if (!existsSync(folder)) return [];
  const known = new Set(
    [...catalog.segments(), ...catalog.damagedSegments(), ...catalog.dropped()].flatMap(({ file }) =>
      isInDatabase(file) ? [DATABASE_FILE, `${DATABASE_FILE}.wal`] : [file],
    ),
  );
  for (const { file } of catalog.damagedSegments()) known.add(damagedFile(file));
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(name => join('archive', name))
    .filter(file => !known.has(file) && statSync(join(dir, file), { throwIfNoEntry: false })?.isFile() === true);
}

/** Removes {@link findOrphans}. To be called by whoever holds the archive's lock, before it writes. */
export function sweepOrphans(dir: string, catalog: Catalog): void {
  for (const file of findOrphans(dir, catalog)) rmSync(join(dir, file), { force: true });
}
