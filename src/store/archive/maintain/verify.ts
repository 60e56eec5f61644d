import type { Finding, DamagedSegment } from './finding.js';
import type { StoreIdentity } from '../../database/store-identity.js';
import { openReader, type JournalReader } from '../../journal/reader.js';
import { pinSegments } from '../../locks/reader-pins.js';
import type { Segment } from '../../catalog/segments.js';
import { waitForArchive } from '../../locks/store-lock.js';
import type { ArchiveOptions } from '../seal/open-archive.js';
import { inspectSegment } from '../check/check-segment.js';
import { checkEvents, checkIds, deepCheck } from './check-events.js';
import { reading } from '../format.js';
import { kindNamed } from '../formats/registry.js';
import { createEngine, type Engine } from '../engine.js';
import { unlessInterrupted } from '../interruption.js';
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
  const { dir } = options;
  const reader = openReader(dir);
  const engine = createEngine(dir, options, signal);
  let pinned: Pinned | undefined;
  try {
    pinned = await pinStore(options, reader, signal);
    if (!pinned) {
      return { identity: reader.identity(), segments: 0, events: 0, bytes: 0, findings: [], isComplete: false };
    }
    const { segments, aside, findings } = pinned;
    findings.push(...checkJournal(dir));
    const checking: Checking = { options, signal, reader, engine };
    const { damaged, sound } = await checkSegments(checking, segments, findings);
    if (options.isDeep && !signal.aborted) findings.push(...(await checkAllIds(checking, sound)));
    const repaired =
      options.repairs && !signal.aborted ? await repair(options, damaged, aside, signal) : new Map<number, string>();
    findings.push(...damaged.map(found => findingOf(found, repaired)));
    for (const segment of aside) {
      findings.push({ ...findingOf({ segment, problem: 'set aside as damaged' }, repaired), isAside: true });
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
    pinned?.unpin?.();
    reader.close();
  }
}

/** The segments of a store as of the start, whose files stay until `unpin`. */
interface Pinned {
  readonly segments: readonly Segment[];
  /** Those that are set aside as damaged. */
  readonly aside: Segment[];
  /** Files that a crash left. */
  readonly findings: Finding[];
  readonly unpin: (() => void) | undefined;
}

/** Resolves to undefined when the signal aborts first. */
async function pinStore(
  { dir, isUnshared, onWait }: VerifyOptions,
  reader: JournalReader,
  signal: AbortSignal,
): Promise<Pinned | undefined> {
  const unlock = isUnshared ? () => undefined : await waitForArchive(dir, signal, onWait);
  if (!unlock) return undefined;
  try {
    const unpin = isUnshared ? undefined : pinSegments(dir);
    try {
      return { ...readCatalog(dir, reader), unpin };
    } catch (error) {
      unpin?.();
      throw error;
    }
  } finally {
    unlock();
  }
}

function readCatalog(dir: string, reader: JournalReader): Omit<Pinned, 'unpin'> {
  const [segments, aside] = [reader.segments(), reader.damagedSegments()];
  const findings = findOrphans(dir, reader).map((file): Finding => ({
    file,
    problem: 'a crash left it: no segment has this file. It is removed when the archive is next worked on',
    isLeftover: true,
  }));
  return { segments, aside, findings };
}

interface Checking {
  readonly options: VerifyOptions;
  readonly signal: AbortSignal;
  readonly reader: JournalReader;
  readonly engine: Engine;
}

/** Checks each segment until the signal aborts. The findings of a deep check are added to `findings`. */
async function checkSegments(
  checking: Checking,
  segments: readonly Segment[],
  findings: Finding[],
): Promise<{ damaged: DamagedSegment[]; sound: Segment[] }> {
  const { options, signal, reader, engine } = checking;
  const { dir, isDeep, onProgress } = options;
  const damaged: DamagedSegment[] = [];
  const sound: Segment[] = [];
  for (const [i, segment] of segments.entries()) {
    if (signal.aborted) break;
    onProgress?.({ segments: i, of: segments.length });
    const problem =
      (await inspectSegment(dir, segment)) ??
      (await readEvents(checking, segment, () => checkEvents(dir, segment, engine)));
    if (problem === undefined) sound.push(segment);
    else damaged.push({ segment, problem });
    if (problem !== undefined || !isDeep) continue;
    const wrongs = await readEvents(checking, segment, () => deepCheck(dir, segment, { reader, engine }));
    for (const wrong of wrongs ?? []) {
      findings.push({ file: segment.file, problem: wrong, events: segment.events });
    }
  }
  return { damaged, sound };
}

async function checkAllIds(checking: Checking, sound: readonly Segment[]): Promise<Finding[]> {
  const { options, signal, reader, engine } = checking;
  const any = sound.find(({ kind }) => kind === 'duckdb') ?? sound[0];
  const check = (): Promise<Finding[]> => checkIds(options.dir, sound, { reader, engine });
  return (await (any ? readEvents(checking, any, check) : unlessInterrupted(signal, check))) ?? [];
}

/**
 * Does work that reads the events of a segment.
 * @returns undefined when the signal aborted: an interrupted read tells nothing about the segment.
 */
async function readEvents<T>(
  { options, signal, engine }: Checking,
  segment: Segment,
  work: () => Promise<T>,
): Promise<T | undefined> {
  const done = await unlessInterrupted(signal, async () =>
    reading(kindNamed(segment.kind), { dir: options.dir, connection: await engine.connection() }, work),
  );
  return signal.aborted ? undefined : done;
}

function findingOf({ segment, problem }: DamagedSegment, repairedById: ReadonlyMap<number, string>): Finding {
  const repaired = repairedById.get(segment.id);
  return { file: segment.file, problem, events: segment.events, ...(repaired !== undefined && { repaired }) };
}
