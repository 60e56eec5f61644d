import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Catalog } from '../../catalog/catalog.js';
import type { Segment } from '../../catalog/segments.js';
import { withArchive, type ArchiveOptions } from '../seal/open-archive.js';
import { inspectSegment } from '../check/check-segment.js';
import { damagedFile } from '../files.js';
import { TAKEN_BACK, type DamagedSegment } from './finding.js';

/**
 * Sets damaged segments aside, so that queries no longer try them, and takes back those set aside whose files are again
 * what was sealed: put where they were, or into the folder of what was set aside. Nothing is deleted.
 * @returns what was done, by the segment's id.
 */
export async function repair(
  options: ArchiveOptions,
  damaged: readonly DamagedSegment[],
  aside: readonly Segment[],
  signal: AbortSignal,
): Promise<Map<number, string>> {
  const { dir } = options;
  const done = new Map<number, string>();
  await withArchive(options, signal, async ({ catalog }) => {
    const live = new Set(catalog.segments().map(({ id }) => id));
    for (const { segment } of damaged) if (live.has(segment.id)) done.set(segment.id, setAside(dir, segment, catalog));
    for (const segment of aside) if (await takeBack(dir, segment, catalog)) done.set(segment.id, TAKEN_BACK);
  });
  return done;
}

/** Changes the catalog first: queries must not look for a file that was moved. */
function setAside(dir: string, segment: Segment, catalog: Catalog): string {
  catalog.setDamaged([segment.id], true);
  if (segment.kind === 'duckdb' || !existsSync(join(dir, segment.file))) return 'set aside';
  const place = damagedFile(segment.file);
  move(dir, segment.file, place);
  return `set aside as ${place}`;
}

async function takeBack(dir: string, segment: Segment, catalog: Catalog): Promise<boolean> {
  if ((await inspectSegment(dir, segment)) !== undefined) {
    const place = damagedFile(segment.file);
    if ((await inspectSegment(dir, { ...segment, file: place })) !== undefined) return false;
    move(dir, place, segment.file);
  }
  catalog.setDamaged([segment.id], false);
  return true;
}

function move(dir: string, from: string, to: string): void {
  mkdirSync(dirname(join(dir, to)), { recursive: true, mode: 0o700 });
  renameSync(join(dir, from), join(dir, to));
}
