import { faultPoint } from '../../core/fault-point.js';
import { storedSql } from '../../query/cubes/steps.js';
import { dropFile, insertFile } from '../../store/catalog/cubes.js';
import type { StoreDatabase } from '../../store/database/store.js';
import { finishCubeFile, unfinishedCubeFile } from './files.js';
import { filesToMerge } from './merge-choice.js';
import { orderedSql, type RefreshParts } from './refresh-parts.js';

/** Merges small files, and those of which most buckets were replaced. */
export async function mergeFiles({ dir, name: cube, definition, store, session }: RefreshParts): Promise<void> {
  const { files } = store.state();
  const chosen = filesToMerge(
    files.map(file => ({
      file,
      rows: file.rows,
      isWorn: store.read(db => isWorn(db, file.id, file.dead.length)),
    })),
  );
  if (chosen.length === 0) return;
  const sql = orderedSql(definition, storedSql(dir, definition, chosen));
  const rows = await session.copyTo(unfinishedCubeFile(dir), sql);
  faultPoint('cube:merged');
  const merged = finishCubeFile(dir, cube, rows);
  store.change((db, name, now) => {
    const id = insertFile(db, name, merged);
    const move = db.prepare('update cube_buckets set file = ? where file = ?');
    for (const file of chosen) {
      move.run(id, file.id);
      dropFile(db, file.id, now);
    }
  });
}

/** True for a file that has as many replaced buckets as valid ones. */
function isWorn(db: StoreDatabase, file: number, dead: number): boolean {
  const live = db.prepare<[number], number>('select count(*) from cube_buckets where file = ?').pluck().get(file)!;
  return dead > 0 && dead >= live;
}
