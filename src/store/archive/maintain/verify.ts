import type { Finding, DamagedSegment } from './finding.js';
import type { StoreIdentity } from '../../database/store-identity.js';
import { openReader } from '../../journal/reader.js';
import { pinSegments } from '../../locks/reader-pins.js';
import type { Segment } from '../../catalog/segments.js';
import { waitForArchive } from '../../locks/store-lock.js';
import type { ArchiveOptions } from '../seal/open-archive.js';
import { inspectSegment } from '../check/check-segment.js';
import { checkEvents, checkIds, deepCheck } from './check-events.js';
import { reading } from '../format.js';
import { kindNamed } from '../formats/registry.js';
import { createEngine } from '../engine.js';
import { repair } from './repair.js';
import { findOrphans } from '../seal/sweep.js';
import { checkJournal } from '../../journal/check.js';

export interface VerifyOptions extends ArchiveOptions {
  /** True to rebuild every payload and compare the stored columns with it. */
  readonly isDeep: boolean;
  /** True to quarantine damaged segments and restore those that can be read again. */
  readonly repairs: boolean;
  /** True for a store that no other process knows yet: it is read without locks. */
  readonly isUnshared?: boolean;
  readonly onProgress?: (progress: { readonly segments: number; readonly of: number }) => void;
}

/** The verified parts and the findings. */
export interface Verification {
  readonly identity: StoreIdentity;
  readonly segments: number;
  /** In segments and in the journal. */
  readonly events: number;
  readonly bytes: number;
  readonly findings: readonly Finding[];
  /** False when the signal aborted before all was looked at. */
  readonly isComplete: boolean;
}

/**
 * Compares the store with its catalog while others may write to it: it locks the archive for a moment at the start and,
 * for a repair, at the end. Meanwhile it pins the files, so that none is swept.
 * @throws TelemetryError `noStore`, `failure`; the error of SQLite for a journal that cannot be read at all.
 */
export async function verifyStore(options: VerifyOptions, signal: AbortSignal): Promise<Verification> {
  const { dir, onWait, isDeep, repairs } = options;
  const reader = openReader(dir);
  const engine = createEngine(dir, options, signal);
  let unpin: (() => void) | undefined;
  /** Does what reads a segment's events. */
  const read = async <T>(segment: Segment, work: () => Promise<T>): Promise<T> =>
    reading(kindNamed(segment.kind), { dir, connection: await engine.connection() }, work);
  const findings: Finding[] = [];
  try {
    const unlock = options.isUnshared ? () => undefined : await waitForArchive(dir, signal, onWait);
    if (!unlock) return { identity: reader.identity(), segments: 0, events: 0, bytes: 0, findings, isComplete: false };
    let segments: Segment[];
    let aside: Segment[];
    try {
      if (!options.isUnshared) unpin = pinSegments(dir);
      segments = reader.segments();
      aside = reader.damagedSegments();
      for (const file of findOrphans(dir, reader)) {
        findings.push({
          file,
          problem: 'a crash left it: no segment has this file. It is removed when the archive is next worked on',
          isLeftover: true,
        });
      }
    } finally {
      unlock();
    }
    findings.push(...checkJournal(dir));
    const damaged: DamagedSegment[] = [];
    const sound: Segment[] = [];
    for (const [i, segment] of segments.entries()) {
      if (signal.aborted) break;
      options.onProgress?.({ segments: i, of: segments.length });
      const problem =
        (await inspectSegment(dir, segment)) ?? (await read(segment, () => checkEvents(dir, segment, engine)));
      if (problem === undefined) sound.push(segment);
      else damaged.push({ segment, problem });
      if (problem !== undefined || !isDeep) continue;
      for (const wrong of await read(segment, () => deepCheck(dir, segment, { reader, engine }))) {
        findings.push({ file: segment.file, problem: wrong, events: segment.events });
      }
    }
    if (isDeep && !signal.aborted) {
      const any = sound.find(({ kind }) => kind === 'duckdb') ?? sound[0];
      const check = (): Promise<Finding[]> => checkIds(dir, sound, { reader, engine });
      findings.push(...(any ? await read(any, check) : await check()));
    }
    const repaired =
      repairs && !signal.aborted ? await repair(options, damaged, aside, signal) : new Map<number, string>();
    for (const { segment, problem } of [
      ...damaged,
      ...aside.map(segment => ({ segment, problem: 'set aside as damaged' })),
    ]) {
      const done = repaired.get(segment.id);
      findings.push({
        file: segment.file,
        problem,
        events: segment.events,
        ...(done !== undefined && { repaired: done }),
      });
    }
    return {
      identity: reader.identity(),
      segments: segments.length,
      events:
        segments.reduce((sum, { events }) => sum + events, 0) + reader.countEvents(reader.sealedId(), reader.lastId()),
      bytes: segments.reduce((sum, { bytes }) => sum + bytes, 0),
      findings,
      isComplete: !signal.aborted,
    };
  } finally {
    engine.close();
    unpin?.();
    reader.close();
  }
}
