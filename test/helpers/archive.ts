import { withArchive } from '../../src/store/archive/seal/open-archive.js';
import { kindNamed } from '../../src/store/archive/formats/registry.js';
import { sealBatch, type ArchiveContext } from '../../src/store/archive/seal/seal.js';
import { DEFAULT_TUNING } from '../../src/core/limits.js';

/** Does some work on the archive of a test's store. */
export async function onArchive<T>(dir: string, work: (context: ArchiveContext) => Promise<T>): Promise<T> {
  const options = { dir, ...DEFAULT_TUNING, now: () => Date.now() * 1000 };
  return (await withArchive(options, new AbortController().signal, work))!;
}

/** Seals the journal's events, up to one if it is given; returns how many segments that made. */
export async function seal(dir: string, upToId = Number.MAX_SAFE_INTEGER, kind = 'parquet'): Promise<number> {
  return onArchive(dir, async context => {
    let segments = 0;
    for (let batch; (batch = await sealBatch(context, kindNamed(kind), upToId));) segments += batch.segments.length;
    return segments;
  });
}
