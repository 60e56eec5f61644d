import { faultPoint } from '../../core/fault-point.js';
import { statementOf } from '../../query/cubes/definition.js';
import { rowsOf } from '../../query/result/rows.js';
import { dropBuckets, insertFile, updateCube } from '../../store/catalog/cubes.js';
import { stepCondition } from '../cursor.js';
import { finishCubeFile, unfinishedCubeFile } from './files.js';
import { orderedSql, type Refreshed, type RefreshParts } from './refresh-parts.js';

/** Computes a cube as a whole when any event came or went since. */
export async function refreshWhole(
  { dir, name: cube, definition, store, session }: RefreshParts,
  rebuilds: boolean,
): Promise<Refreshed> {
  const { cursorId: seenId, removals: seenRemovals, refreshedAt } = store.state();
  const removals = store.removals();
  const { lastId } = await session.refresh({ fromId: 0, toId: Infinity, windows: undefined });
  const isCurrent = refreshedAt !== null && seenId === lastId && seenRemovals === removals;
  if (isCurrent && !rebuilds) return { buckets: 0, events: 0, lateDropped: 0, frozen: 0, incomplete: 0 };
  await session.refresh({ toId: lastId });
  const rows = await session.copyTo(unfinishedCubeFile(dir), orderedSql(definition, statementOf(definition)));
  faultPoint('cube:written');
  const counted = await rowsOf(
    await session.query(`select count(*) from events where ${stepCondition({ seenId, lastId })}`),
  );
  const file = finishCubeFile(dir, cube, rows);
  faultPoint('cube:before-change');
  store.change((db, name, now) => {
    dropBuckets(db, name, now);
    insertFile(db, name, file);
    updateCube(db, name, { cursorId: lastId, removals, refreshedAt: now });
  });
  return { buckets: rows, events: Number(counted[0]?.[0]), lateDropped: 0, frozen: 0, incomplete: 0 };
}
