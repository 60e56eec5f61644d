import { TelemetryError } from '../../core/errors.js';
import type { CubeDefinition } from '../../query/cubes/definition.js';
import { changedViews, missingFiles, missingFilesError } from '../../query/cubes/health.js';
import { dropLostFile, restartCube, UNKNOWN_REMOVALS } from '../../store/catalog/cube-recovery.js';
import { countBuckets, dropBuckets, updateCube } from '../../store/catalog/cubes.js';
import { redefined, tablesAmong } from './define.js';
import type { RefreshParts } from './refresh-parts.js';

/** Has the buckets of missing files computed again. @throws TelemetryError `failure` unless it is a rebuild. */
export function recoverFiles({ dir, name, definition, store }: RefreshParts, rebuilds: boolean): void {
  const missing = missingFiles(dir, store.state().files);
  const error = missingFilesError(name, missing);
  if (!error) return;
  if (!rebuilds) throw error;
  store.change((db, cube, now) => {
    if (!definition.plan) {
      dropBuckets(db, cube, now);
      updateCube(db, cube, { cursorId: 0 });
      return;
    }
    const lost = missing.reduce((sum, { id }) => sum + dropLostFile(db, cube, id, now), 0);
    const note = `the rows of ${lost} frozen buckets were lost: they count the events that are left`;
    updateCube(db, cube, { removals: UNKNOWN_REMOVALS, ...(lost > 0 && { note }) });
  });
}

/**
 * Analyses the query of a cube again when a view that it reads was replaced, and has all buckets computed again that are
 * not frozen. Returns the new definition; undefined when no view was replaced.
 * @throws TelemetryError `failure` when the columns are others and the cube has frozen buckets; as defineCube.
 */
export async function takeViews({
  dir,
  name,
  definition,
  store,
  session,
}: RefreshParts): Promise<CubeDefinition | undefined> {
  const changed = changedViews(definition, tablesAmong(dir));
  if (changed.length === 0) return undefined;
  const next = await redefined(session, dir, { ...definition, name });
  const keepsFrozen = definition.plan !== undefined && next.plan !== undefined && hasSameColumns(definition, next);
  const { frozen, partial, incomplete } = store.read(db => countBuckets(db, name));
  const fixed = frozen + partial + incomplete;
  if (fixed > 0 && !keepsFrozen) throw frozenDoNotFit(name, changed, fixed);
  store.change((db, cube, now) => {
    store.redefine(db, next);
    if (!keepsFrozen) dropBuckets(db, cube, now);
    restartCube(db, cube, now);
    const verb = changed.length === 1 ? 'was' : 'were';
    updateCube(db, cube, { note: `computed again: the view ${changed.join(' and ')} ${verb} replaced` });
  });
  return next;
}

function hasSameColumns(a: CubeDefinition, b: CubeDefinition): boolean {
  const names = ({ columns }: CubeDefinition): string => JSON.stringify(columns.map(({ name }) => name));
  return names(a) === names(b);
}

function frozenDoNotFit(name: string, views: readonly string[], fixed: number): TelemetryError {
  return new TelemetryError(
    'failure',
    `the view ${views.join(' and ')} was replaced, and ${fixed} frozen buckets of the cube ${name} do not fit its columns`,
    { remedy: `Restore the view, or remove the cube and its frozen buckets: telemetry cube rm ${name}` },
  );
}
