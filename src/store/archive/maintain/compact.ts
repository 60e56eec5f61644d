import { faultPoint } from '../../../core/fault-point.js';
import type { NewSegment, Segment } from '../../catalog/segments.js';
import { quoteText } from '../../sql/text.js';
import { refuseDamaged } from '../check/check-segment.js';
import { kindNamed } from '../formats/registry.js';
import { withRoom } from '../memory.js';
import type { ArchiveContext } from '../seal/seal.js';

/** The number of segments of a tier that are merged into one of the next. Each event is rewritten once per tier. */
const MERGE_FACTOR = 8;

/** A segment is not merged past this: 100M events are some 25 files, and one is rewritten in some seconds. */
export const MAX_SEGMENT_EVENTS = 4_000_000;

/** Maximum file size of a merged segment, in bytes: events can be large. */
const MAX_SEGMENT_BYTES = 512 * 1024 * 1024;

/**
 * Above this average event size, in bytes, a merge is limited to the events that DuckDB holds at once: it writes 2048
 * rows in one go.
 */
const HEAVY_EVENT_BYTES = 8 * 1024;
const MAX_HEAVY_SENT_BYTES = 24 * 1024 * 1024;

/** Types with fewer events than this in what is merged stay together. */
const OWN_SEGMENT_EVENTS = 20_000;

/** Segments that are to become fewer. */
export interface Compaction {
  readonly segments: readonly Segment[];
}

/**
 * The compactions that are due: within a day and type, as many segments of a tier as {@link MERGE_FACTOR} together, or
 * as many as fit one; within a day that is over, all that fit, since nothing is added to it any more.
 * @param isOver whether a day is treated so; all days are, to have as few files as the limits allow.
 */
export function planCompactions(segments: readonly Segment[], isOver: (day: string) => boolean): Compaction[] {
  const families = new Map<string, Segment[]>();
  for (const segment of segments) {
    const tier = isOver(segment.day) ? 0 : segment.tier;
    const key = JSON.stringify([segment.kind, segment.day, segment.type, tier]);
    const family = families.get(key);
    if (family) family.push(segment);
    else families.set(key, [segment]);
  }
  return [...families.values()].flatMap(family => {
    const { kind, day } = family[0]!;
    const most = isOver(day) ? Infinity : MERGE_FACTOR;
    return kindNamed(kind)
      .mergeable(family)
      .flatMap(part => batches(part, most))
      .filter(
        ({ segments: batch, isFull }) => batch.length >= 2 && (isFull || batch.length >= most || most === Infinity),
      );
  });
}

/** Consecutive segments that fit one segment, up to a maximum count; full when the next one would not fit. */
function batches(segments: readonly Segment[], most: number): { segments: Segment[]; isFull: boolean }[] {
  const found: { segments: Segment[]; isFull: boolean }[] = [];
  for (const segment of segments) {
    const last = found.at(-1);
    const fits = last !== undefined && fitsOne([...last.segments, segment]);
    if (last && fits && last.segments.length < most) last.segments.push(segment);
    else {
      if (last) last.isFull = !fits;
      found.push({ segments: [segment], isFull: false });
    }
  }
  return found;
}

function fitsOne(segments: readonly Segment[]): boolean {
  const sum = (numberOf: (segment: Segment) => number): number =>
    segments.reduce((total, segment) => total + numberOf(segment), 0);
  const events = sum(segment => segment.events);
  const sent = sum(({ types }) => Object.values(types).reduce((total, { bytes }) => total + bytes, 0));
  const isHeavy = sent / events > HEAVY_EVENT_BYTES;
  return (
    events <= MAX_SEGMENT_EVENTS &&
    sum(segment => segment.bytes) <= MAX_SEGMENT_BYTES &&
    (!isHeavy || sent <= MAX_HEAVY_SENT_BYTES)
  );
}

/**
 * Merges segments: writes new ones, then replaces the old ones in one transaction. Events of rare types get separate
 * segments once there are enough of them.
 * @returns the new segments.
 * @throws TelemetryError `failure` for a damaged segment; whatever DuckDB, the disk or SQLite throws; the archive is as
 * it was then.
 */
export async function compact({ segments }: Compaction, context: ArchiveContext): Promise<NewSegment[]> {
  const { dir, engine, catalog, signal } = context;
  const { kind: name, day, type } = segments[0]!;
  const kind = kindNamed(name);
  await refuseDamaged(dir, segments);
  const connection = await engine.connection();
  const tier = Math.max(...segments.map(segment => segment.tier)) + 1;
  await kind.begin?.({ dir, connection, catalog, signal });
  const merged: NewSegment[] = [];
  for (const part of type === null ? partsOf(segments) : [{ type, condition: 'true' }]) {
    const source = { dir, connection, catalog, segments, day, signal, ...part };
    const segment = await withRoom(engine, `merging ${segments.length} segments`, () => kind.merge(source));
    if (segment) merged.push({ ...segment, tier });
    faultPoint('compact:written');
  }
  const events = (all: readonly { readonly events: number }[]): number => all.reduce((sum, one) => sum + one.events, 0);
  if (events(merged) !== events(segments)) {
    throw new Error(`${events(segments)} events were to be merged, but ${events(merged)} were written`);
  }
  faultPoint('compact:before-change');
  catalog.change({ add: merged, drop: segments.map(({ id }) => id) });
  faultPoint('compact:after-change');
  return merged;
}

/** The types with enough events for a separate segment, and a group of all others. */
function partsOf(segments: readonly Segment[]): { type: string | null; condition: string }[] {
  const counts = new Map<string, number>();
  for (const { types } of segments) {
    for (const [type, { events }] of Object.entries(types)) counts.set(type, (counts.get(type) ?? 0) + events);
  }
  const own = [...counts].filter(([, events]) => events >= OWN_SEGMENT_EVENTS).map(([type]) => type);
  const parts: { type: string | null; condition: string }[] = own.map(type => ({
    type,
    condition: `"type" = ${quoteText(type)}`,
  }));
  if (own.length === counts.size) return parts;
  const others = own.length === 0 ? 'true' : `"type" not in (${own.map(quoteText).join(', ')})`;
  return [...parts, { type: null, condition: others }];
}
