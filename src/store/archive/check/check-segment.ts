import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TelemetryError } from '../../../core/errors.js';
import type { Segment } from '../../catalog/segments.js';
import { checksumOf } from '../files.js';

/** The properties of a segment that can be checked against the catalog without reading its events. */
export type SegmentFile = Pick<Segment, 'kind' | 'file' | 'bytes' | 'checksum'>;

/** Segments of the kind duckdb share one file, which is not theirs to check. */
function hasOwnFile({ kind }: SegmentFile): boolean {
  return kind !== 'duckdb';
}

/** Compares the presence and size of a segment's file with the catalog. Returns the problem in words, or undefined. */
export function glanceAtSegment(dir: string, segment: SegmentFile): string | undefined {
  if (!hasOwnFile(segment)) return undefined;
  const path = join(dir, segment.file);
  const stats = existsSync(path) ? statSync(path, { throwIfNoEntry: false }) : undefined;
  if (!stats?.isFile()) return 'the file is missing';
  if (stats.size === segment.bytes) return undefined;
  return `the file has ${stats.size} bytes instead of ${segment.bytes}`;
}

/** The same, every byte of the file compared by its checksum. */
export async function inspectSegment(dir: string, segment: SegmentFile): Promise<string | undefined> {
  const trouble = glanceAtSegment(dir, segment);
  if (trouble !== undefined || !hasOwnFile(segment)) return trouble;
  const checksum = await checksumOf(join(dir, segment.file));
  return checksum === segment.checksum ? undefined : 'the file has changed: its checksum is another';
}

/** A segment whose file is not what was sealed, and what is wrong with it, in words. */
export interface LeftOut {
  readonly segment: Segment;
  readonly problem: string;
}

/** Those of segments that are damaged, every byte of their files compared. */
export async function damagedAmong(dir: string, segments: readonly Segment[]): Promise<LeftOut[]> {
  const damaged: LeftOut[] = [];
  for (const segment of segments) {
    const problem = await inspectSegment(dir, segment);
    if (problem !== undefined) damaged.push({ segment, problem });
  }
  return damaged;
}

/**
 * Refuses damaged segments: damage that still decodes would be rewritten as if it had been sent.
 * @throws TelemetryError `failure` for the first damaged segment.
 */
export async function refuseDamaged(dir: string, segments: readonly Segment[]): Promise<void> {
  const [damaged] = await damagedAmong(dir, segments);
  if (!damaged) return;
  throw new TelemetryError('failure', `the segment ${damaged.segment.file} is damaged: ${damaged.problem}`, {
    remedy: 'telemetry verify --repair sets damaged segments aside and deletes nothing.',
  });
}
