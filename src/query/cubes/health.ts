import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TelemetryError } from '../../core/errors.js';
import type { CubeFile } from '../../store/catalog/cubes.js';
import type { StoredObject } from '../../store/catalog/objects.js';
import type { CubeDefinition } from './definition.js';

/** The stored views that a cube reads and that were replaced or removed since its definition was made, by name. */
export function changedViews({ views = {} }: CubeDefinition, objects: readonly StoredObject[]): string[] {
  return Object.entries(views).flatMap(([name, sql]) => {
    const view = objects.find(object => object.kind === 'view' && object.name.toLowerCase() === name.toLowerCase());
    return (view?.definition as { sql?: string } | undefined)?.sql === sql ? [] : [name];
  });
}

/** Those of a cube's files that are not in the store at `dir`. */
export function missingFiles(dir: string, files: readonly CubeFile[]): CubeFile[] {
  return files.filter(({ file }) => !existsSync(join(dir, file)));
}

/** The error of a cube with missing files; undefined for a cube with all of its files. */
export function missingFilesError(name: string, missing: readonly CubeFile[]): TelemetryError | undefined {
  const [first] = missing;
  if (!first) return undefined;
  const what =
    missing.length === 1
      ? `its file ${first.file} is missing`
      : `${missing.length} of its files are missing, the first is ${first.file}`;
  return new TelemetryError('failure', `the cube ${name} cannot be read: ${what}`, {
    remedy: `Compute it again from the events: telemetry cube rebuild ${name}`,
  });
}
