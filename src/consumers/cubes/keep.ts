import { messageOf } from '../../core/errors.js';
import type { Micros } from '../../core/duration.js';
import { pause } from '../../core/sleep.js';
import { changedViews } from '../../query/cubes/health.js';
import { readCube } from '../../store/catalog/cubes.js';
import { readRemovals } from '../../store/database/store-identity.js';
import { openReader, type JournalReader } from '../../store/journal/reader.js';
import { cubeOf, type Cube } from './cube-store.js';
import { refreshCube } from './refresh.js';

/** Interval between checks for cubes that are due, in milliseconds. */
const LOOK_EVERY_MS = 500;

/** Interval in which buckets past their age are removed from a cube without new events, in milliseconds. */
const KEEP_EVERY_MS = 3_600_000;

export interface KeepCubesOptions {
  readonly signal: AbortSignal;
  /** The present, in microseconds since 1970. */
  readonly now: () => Micros;
  /** Memory of a refresh, in bytes. */
  readonly memory?: number | undefined;
  /** Called once for each new reason of a failure. */
  readonly trouble: (text: string) => void;
}

/**
 * Refreshes the cubes of a store, one at a time, each at its interval, until the signal aborts. A cube whose refresh fails
 * is tried again at its next turn.
 * @throws TelemetryError `failure` when the store cannot be read.
 */
export async function keepCubes(dir: string, options: KeepCubesOptions): Promise<void> {
  const { signal, now } = options;
  const isAborted = (): boolean => signal.aborted;
  const reader = openReader(dir);
  const triedAt = new Map<string, number>();
  const troubles = new Map<string, string>();
  try {
    while (!isAborted()) {
      for (const cube of dueCubes(reader, triedAt, now())) {
        if (isAborted()) break;
        triedAt.set(cube.name, performance.now());
        const trouble = await refreshed(dir, cube, options);
        if (trouble !== undefined && troubles.get(cube.name) !== trouble) {
          options.trouble(`cannot refresh the cube ${cube.name}, retrying: ${trouble}`);
        }
        troubles.set(cube.name, trouble ?? '');
      }
      await pause(LOOK_EVERY_MS, signal);
    }
  } finally {
    reader.close();
  }
}

/** Returns the reason of a failure. */
async function refreshed(dir: string, cube: Cube, options: KeepCubesOptions): Promise<string | undefined> {
  const { signal, now, memory } = options;
  try {
    await refreshCube(dir, cube, { signal, now, memory });
    return undefined;
  } catch (error) {
    return signal.aborted ? undefined : messageOf(error).split('\n', 1)[0]!;
  }
}

/** The cubes whose interval is over and that have something to take in. */
function dueCubes(reader: JournalReader, triedAt: ReadonlyMap<string, number>, now: Micros): Cube[] {
  reader.begin();
  try {
    return reader
      .objects()
      .filter(({ kind }) => kind === 'cube')
      .map(cubeOf)
      .filter(({ name, definition }) => performance.now() - (triedAt.get(name) ?? -Infinity) >= definition.everyMs)
      .filter(cube => isBehind(reader, cube, now));
  } finally {
    reader.end();
  }
}

function isBehind(reader: JournalReader, { name, definition }: Cube, now: Micros): boolean {
  const { cursorId, removals, touched, refreshedAt } = reader.catalog(db => readCube(db, name));
  if (refreshedAt === null || cursorId < reader.lastId() || touched.length > 0) return true;
  if (changedViews(definition, reader.objects()).length > 0) return true;
  if (removals !== reader.catalog(readRemovals)) return true;
  return definition.keepMs !== undefined && now - refreshedAt > KEEP_EVERY_MS * 1000;
}
