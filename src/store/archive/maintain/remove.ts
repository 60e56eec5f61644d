import { TelemetryError } from '../../../core/errors.js';
import { isDiskFull } from '../../../core/trouble.js';
import { faultPoint } from '../../../core/fault-point.js';
import type { NewSegment, Segment, TypeCount } from '../../catalog/segments.js';
import { damagedAmong, inspectSegment, type LeftOut } from '../check/check-segment.js';
import { reading, type ArchivePlace } from '../format.js';
import { kindNamed } from '../formats/registry.js';
import { eventsAtOnce, inParts, withRoom, type PartSource } from '../memory.js';
import type { ArchiveContext } from '../seal/seal.js';
import type { Match, Selection } from '../selection.js';
import { sweepDropped } from '../seal/sweep.js';

/** The number of events of each type that a plan removes. */
export type PlannedCounts = ReadonlyMap<string, number>;

/** A segment that loses some of its events, how many of each type. */
interface PartlyRemoved {
  readonly segment: Segment;
  readonly condition: string;
  readonly going: ReadonlyMap<string, number>;
}

/**
 * Removes sealed events: drops segments that lose all events and rewrites those that lose some. All dropped segments
 * change in one transaction, each rewritten one in another, so that after a crash each event is either there or removed
 * as planned. A damaged segment that would be rewritten stays as it is: its readable events are not lost, and its
 * damage is not hidden.
 * @param planned compared with the events to remove before the first change.
 * @param onRemoved called after each change with the number of events removed since the last.
 * @returns the damaged ones.
 * @throws TelemetryError `failure` when more of a type would go than planned; nothing is removed then. Any error of
 * DuckDB, the disk or SQLite; earlier removals stay.
 */
export async function removeSealed(
  context: ArchiveContext,
  selection: Selection,
  planned: PlannedCounts,
  onRemoved: (events: number) => void,
): Promise<LeftOut[]> {
  const { catalog, dir, signal } = context;
  const leftOut: LeftOut[] = [];
  const matches = catalog.segments().map(segment => ({ segment, match: matchOf(segment, selection) }));
  const whole = matches.flatMap(({ segment, match }) => (match === 'all' ? [segment] : []));
  const partly: PartlyRemoved[] = [];
  for (const { segment, match } of matches) {
    if (match !== 'unknown') continue;
    if (signal.aborted) return leftOut;
    const problem = await inspectSegment(dir, segment);
    if (problem !== undefined) leftOut.push({ segment, problem });
    else partly.push(await countGoing(segment, selection, context));
  }
  await refuseUnplanned(dir, whole, partly, planned);
  dropSegments(context, whole);
  onRemoved(whole.reduce((sum, { events }) => sum + events, 0));
  const losing = partly.filter(({ going }) => going.size > 0);
  await whileRoomIsMade(losing, signal, async part => {
    onRemoved(await removeFrom(part, selection, context));
    sweepDropped(dir, catalog);
  });
  return leftOut;
}

/**
 * Compares what is to go with the plan, which has no events of damaged segments.
 * @throws TelemetryError `failure` when more events of a type go than the plan has.
 */
async function refuseUnplanned(
  dir: string,
  whole: readonly Segment[],
  partly: readonly PartlyRemoved[],
  planned: PlannedCounts,
): Promise<void> {
  if (firstUnplanned(whole, partly, planned) === undefined) return;
  const damaged = new Set((await damagedAmong(dir, whole)).map(({ segment }) => segment.id));
  const sound = whole.filter(({ id }) => !damaged.has(id));
  const unplanned = firstUnplanned(sound, partly, planned);
  if (unplanned === undefined) return;
  const [type, events] = unplanned;
  throw new TelemetryError(
    'failure',
    `${events} events of type ${JSON.stringify(type)} would go, but ${planned.get(type) ?? 0} were planned; nothing was removed`,
    { remedy: 'This is an internal error; please report it.' },
  );
}

/** A type of which more events go than planned, and how many. */
function firstUnplanned(
  whole: readonly Segment[],
  partly: readonly PartlyRemoved[],
  planned: PlannedCounts,
): [type: string, events: number] | undefined {
  const going = new Map<string, number>();
  const add = (type: string, events: number): void => void going.set(type, (going.get(type) ?? 0) + events);
  for (const { types } of whole) for (const [type, { events }] of Object.entries(types)) add(type, events);
  for (const part of partly) for (const [type, events] of part.going) add(type, events);
  return [...going].find(([type, events]) => events > (planned.get(type) ?? 0));
}

/**
 * Does work on each segment. Where the disk is too full for one, others may make the room for it: those that failed are
 * tried again, the smallest first, as long as any succeeds.
 * @throws what the work throws; that the disk is full only when no segment that is left can be worked on.
 */
async function whileRoomIsMade(
  parts: readonly PartlyRemoved[],
  signal: AbortSignal,
  work: (part: PartlyRemoved) => Promise<void>,
): Promise<void> {
  const isAborted = (): boolean => signal.aborted;
  for (let left = parts; left.length > 0 && !isAborted();) {
    const failed: PartlyRemoved[] = [];
    let full: unknown;
    for (const part of left) {
      if (isAborted()) return;
      try {
        await work(part);
      } catch (error) {
        if (!isDiskFull(error)) throw error;
        full = error;
        failed.push(part);
      }
    }
    if (failed.length === left.length) throw full;
    left = failed.sort((a, b) => a.segment.bytes - b.segment.bytes);
  }
}

/** Takes segments out of use, all in one transaction. */
export function dropSegments({ catalog, dir }: ArchiveContext, segments: readonly Segment[]): void {
  if (segments.length === 0) return;
  faultPoint('prune:before-drop');
  catalog.change({ add: [], drop: segments.map(({ id }) => id), isRemoval: true });
  faultPoint('prune:after-drop');
  sweepDropped(dir, catalog);
}

/** The events of a segment that are selected, as far as the catalog tells. */
function matchOf(segment: Segment, selection: Selection): Match {
  const matches = new Set(Object.keys(segment.types).map(type => selection.matchOf(segment, type)));
  return matches.size === 1 ? [...matches][0]! : 'unknown';
}

/** Returns how many events were removed. */
async function removeFrom(
  { segment, condition, going: counts }: PartlyRemoved,
  selection: Selection,
  context: ArchiveContext,
): Promise<number> {
  const { dir, engine, catalog } = context;
  const connection = await engine.connection();
  const going = [...counts.values()].reduce((sum, events) => sum + events, 0);
  if (going === segment.events) {
    dropSegments(context, [segment]);
    return going;
  }
  const kind = kindNamed(segment.kind);
  await kind.begin?.({ dir, connection, catalog, signal: context.signal });
  const isFirstFormat = segment.format === 1;
  if (isFirstFormat) await listGoing(segment, condition, context);
  const source = {
    dir,
    connection,
    catalog,
    segments: [segment],
    day: segment.day,
    type: segment.type,
    condition: isFirstFormat ? `id not in (select id from ${GOING_TABLE})` : `not coalesce(${condition}, false)`,
    losesOrder: isFirstFormat || !selection.keepsOrder,
    signal: context.signal,
  };
  const written = await withRoom(engine, segment.file, () => kind.merge(source));
  faultPoint('prune:written');
  await replace(segment, written, going, context);
  return going;
}

async function replace(
  segment: Segment,
  written: NewSegment | undefined,
  going: number,
  context: ArchiveContext,
): Promise<void> {
  const kept = written?.events ?? 0;
  if (kept !== segment.events - going) {
    throw new Error(`${segment.events - going} events of ${segment.file} were to be kept, but ${kept} were written`);
  }
  const measured = written && { ...written, types: await measureTypes(written, context) };
  faultPoint('prune:before-change');
  context.catalog.change({ add: measured ? [measured] : [], drop: [segment.id], isRemoval: true });
  faultPoint('prune:after-change');
}

/** The table of the engine with the ids of a segment that go. */
const GOING_TABLE = 'going_ids';

/** Lists what goes by the values of the view: the columns of a file of the first format have types and times by older rules. */
async function listGoing(segment: Segment, condition: string, context: ArchiveContext): Promise<void> {
  const events = selectSealed(segment, context, shapesFor(segment, context));
  const sql = `create or replace temp table ${GOING_TABLE} as select id from (${events}) where coalesce(${condition}, false)`;
  await withRoom(context.engine, segment.file, () => readSealed(segment, context, sql));
}

async function countGoing(segment: Segment, selection: Selection, context: ArchiveContext): Promise<PartlyRemoved> {
  const condition = await selection.condition(await context.engine.connection(), segment);
  const events = selectSealed(segment, context, shapesFor(segment, context));
  const sql = `select "type", count(*)::double from (${events}) where ${condition} group by all`;
  const reader = await withRoom(context.engine, segment.file, () => readSealed(segment, context, sql));
  const going = new Map(reader.getRows().map(([type, count]) => [String(type), Number(count)]));
  return { segment, condition, going };
}

/** Counts a segment's events and the bytes of their payloads, which the segments that they come from only know of all. */
async function measureTypes(written: NewSegment, context: ArchiveContext): Promise<Segment['types']> {
  const segment = { ...written, id: 0 };
  const events = selectSealed(segment, context, context.catalog.shapes(segment.shapes));
  const types = new Map<string, TypeCount>();
  const source: PartSource = {
    segment,
    engine: context.engine,
    ids: selectSealed(segment, context, shapesFor(segment, context)),
    most: eventsAtOnce(segment),
    reading: async work => reading(kindNamed(segment.kind), await placeOf(context), work),
  };
  await inParts(source, async ({ afterId, lastId }) => {
    // What a half of a surrogate pair is shown as has the length of what was sent.
    const reader = await readSealed(
      segment,
      context,
      `select "type", count(*)::double, sum(strlen(payload::varchar))::double, max(strlen(payload::varchar))::double
       from (${events}) where id > ${afterId} and id <= ${lastId} group by all`,
    );
    for (const [name, ...counts] of reader.getRows()) {
      const type = String(name);
      const [count, bytes, longest] = counts.map(Number) as [number, number, number];
      const before = types.get(type) ?? { events: 0, bytes: 0, longest: 0 };
      types.set(type, {
        events: before.events + count,
        bytes: before.bytes + bytes,
        longest: Math.max(before.longest ?? 0, longest),
      });
    }
  });
  return Object.fromEntries(types);
}

async function placeOf({ dir, engine }: ArchiveContext): Promise<Pick<ArchivePlace, 'dir' | 'connection'>> {
  return { dir, connection: await engine.connection() };
}

async function readSealed({ kind }: Pick<Segment, 'kind'>, context: ArchiveContext, sql: string) {
  const place = await placeOf(context);
  return reading(kindNamed(kind), place, () => place.connection.runAndReadAll(sql));
}

/** The shapes that types and times are read with: those of the first format are computed from payloads. */
function shapesFor({ format, shapes }: Segment, { catalog }: ArchiveContext): ReadonlyMap<number, string> | undefined {
  return format === 1 ? catalog.shapes(shapes) : undefined;
}

function selectSealed(
  segment: Segment,
  { dir, catalog }: ArchiveContext,
  shapes: ReadonlyMap<number, string> | undefined,
): string {
  const attributes = catalog.attributes();
  const view = { dir, segments: [segment], attributes, columns: [], shapes, condition: 'true' };
  return kindNamed(segment.kind).selects(view)[0]!;
}
