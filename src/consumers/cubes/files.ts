import type { StoreDatabase } from '../../store/database/store.js';
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { syncPath } from '../../store/archive/files.js';
import { CUBE_FOLDER, readCubeFiles, type NewCubeFile } from '../../store/catalog/cubes.js';
import { oldestPin } from '../../store/locks/reader-pins.js';

/** File systems keep times in coarser steps than the clock. */
const TIME_TOLERANCE_MS = 1000;

/** The file that a refresh writes to, before it gets its name. Whoever holds the lock of the cubes may use it. */
export function unfinishedCubeFile(dir: string): string {
  if (mkdirSync(join(dir, CUBE_FOLDER), { recursive: true, mode: 0o700 }) !== undefined) syncPath(dir);
  return join(dir, CUBE_FOLDER, 'unfinished.parquet');
}

/** Gives a written file its name, on disk when this returns. */
export function finishCubeFile(dir: string, cube: string, rows: number): NewCubeFile {
  const unfinished = unfinishedCubeFile(dir);
  chmodSync(unfinished, 0o600);
  syncPath(unfinished);
  const slug = cube.replaceAll(/[^\w-]+/g, '-').slice(0, 40);
  const file = join(CUBE_FOLDER, `${slug}-${randomBytes(6).toString('hex')}.parquet`);
  renameSync(unfinished, join(dir, file));
  syncPath(join(dir, CUBE_FOLDER));
  return { file, rows, bytes: statSync(join(dir, file)).size };
}

/**
 * Removes files of cubes that no query still reads, and those that a killed refresh left. For whoever holds the lock of
 * the cubes.
 */
export function sweepCubeFiles(dir: string, db: StoreDatabase): void {
  const folder = join(dir, CUBE_FOLDER);
  if (!existsSync(folder)) return;
  const files = readCubeFiles(db);
  const known = new Set(files.map(({ file }) => file));
  for (const name of readdirSync(folder)) {
    if (!known.has(join(CUBE_FOLDER, name))) rmSync(join(folder, name), { force: true });
  }
  const dropped = files.filter(({ droppedAt }) => droppedAt !== null);
  if (dropped.length === 0) return;
  const oldest = oldestPin(dir) ?? Infinity;
  const forget = db.prepare('delete from cube_files where id = ?');
  for (const { id, file, droppedAt } of dropped) {
    if (droppedAt! / 1000 + TIME_TOLERANCE_MS >= oldest) continue;
    rmSync(join(dir, file), { force: true });
    forget.run(id);
  }
}
