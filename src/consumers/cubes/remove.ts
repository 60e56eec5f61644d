import { TelemetryError } from '../../core/errors.js';
import type { Micros } from '../../core/duration.js';
import { viewsNamedIn } from '../../query/named-views/named-views.js';
import { dropCube } from '../../store/catalog/cubes.js';
import { listObjects, objectNamed, removeObject } from '../../store/catalog/objects.js';
import type { CubeDefinition } from '../../query/cubes/definition.js';

/**
 * Removes a cube and its buckets. Its files go with the next refresh of any cube.
 * @throws TelemetryError `failure` when another cube reads it, or no cube has the name; `noStore`.
 */
export function removeCube(dir: string, name: string, now: Micros): void {
  const cube = objectNamed(dir, 'cube', name);
  const objects = [...listObjects(dir, 'view'), ...listObjects(dir, 'cube')];
  const reader = objects.find(
    ({ kind, name: other, definition }) =>
      kind === 'cube' &&
      other !== cube.name &&
      viewsNamedIn((definition as CubeDefinition).sql, { attributes: [], objects }).some(
        view => view.name === cube.name,
      ),
  );
  if (reader) {
    throw new TelemetryError('failure', `the cube ${reader.name} reads ${cube.name}`, {
      remedy: `Remove that first: telemetry cube rm ${reader.name}`,
    });
  }
  removeObject(dir, 'cube', cube.name, db => dropCube(db, cube.name, now));
}
