import type { Micros } from '../../../core/duration.js';
import { openCatalog, type Catalog } from '../../catalog/catalog.js';
import { openReader } from '../../journal/reader.js';
import { dropReserveIfFull, makeReserve } from '../../database/reserve.js';
import { waitForArchive } from '../../locks/store-lock.js';
import { databaseSegments, tidyDatabase } from '../formats/duckdb/kind.js';
import { createEngine, type EngineOptions } from '../engine.js';
import { unlessInterrupted } from '../interruption.js';
import type { ArchiveContext } from './seal.js';
import { sweepDropped, sweepOrphans } from './sweep.js';

/** The options for work on the archive of a store. */
export interface ArchiveOptions extends EngineOptions {
  readonly dir: string;
  /** The present, in microseconds since 1970. */
  readonly now: () => Micros;
  /** Told when another process works on the archive, so that this one has to wait. */
  readonly onWait?: (() => void) | undefined;
}

/**
 * Runs work under the lock of a store's archive: waits for the lock, removes leftovers of a crash and, after the work,
 * deletes the files that no query reads any more.
 * @returns the result of the work; undefined when the signal aborted before it began or ended it.
 * @throws TelemetryError `noStore`, `failure`; the error of the work.
 */
export async function withArchive<T>(
  options: ArchiveOptions,
  signal: AbortSignal,
  work: (context: ArchiveContext) => Promise<T>,
): Promise<T | undefined> {
  const { dir, now, onWait } = options;
  const reader = openReader(dir);
  const engine = createEngine(dir, options, signal);
  let catalog: Catalog | undefined;
  let unlock: (() => void) | undefined;
  try {
    unlock = await waitForArchive(dir, signal, onWait);
    if (!unlock) return undefined;
    dropReserveIfFull(dir);
    catalog = openCatalog(dir, now);
    sweepOrphans(dir, catalog);
    const context = { dir, reader, catalog, engine, signal };
    return await unlessInterrupted(signal, () => tidied(context, work));
  } finally {
    engine.close();
    if (unlock && catalog) sweepDropped(dir, catalog);
    catalog?.close();
    reader.close();
    if (unlock) makeReserve(dir);
    unlock?.();
  }
}

/** Does the work, then deletes the files that it replaced. */
async function tidied<T>(context: ArchiveContext, work: (context: ArchiveContext) => Promise<T>): Promise<T> {
  const { dir, catalog, engine, signal } = context;
  const before = databaseSegments(catalog);
  const result = await work(context);
  sweepDropped(dir, catalog);
  const after = new Set(databaseSegments(catalog));
  if (before.some(file => !after.has(file))) {
    await tidyDatabase({ dir, connection: await engine.connection(), catalog, signal });
  }
  return result;
}
