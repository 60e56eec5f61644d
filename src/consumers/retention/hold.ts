import type { Micros } from '../../core/duration.js';
import { FUNCTION_KINDS_SQL, functionKinds, isUnsteady } from '../../query/cubes/refuse.js';
import { nodesIn, parseSelect } from '../../query/cubes/syntax.js';
import { bindPredicate } from '../../query/predicate.js';
import { rowsOf } from '../../query/result/rows.js';
import { openSession, type Session } from '../../query/session.js';
import { SET_ASIDE, type OnDamaged } from '../../query/view/segment-health.js';
import { idLimit, type IdLimits } from '../../store/archive/selection.js';
import type { Catalog } from '../../store/catalog/catalog.js';
import type { Segment } from '../../store/catalog/segments.js';
import { openCatalog } from '../../store/catalog/catalog.js';
import { readRemoteStates, type RemoteState } from '../../store/catalog/remote-state.js';
import { diskUsageOf } from '../../store/database/disk-use.js';
import { databaseFile, openForReading } from '../../store/database/store.js';
import { quoteText } from '../../store/sql/text.js';
import type { RemoteDefinition } from '../remotes/remote.js';

/** The remotes of a store that have not received all events. */
export function lagging(dir: string): RemoteState[] {
  const db = openForReading(dir);
  try {
    return readRemoteStates(db).filter(({ lag_events: lag }) => lag > 0);
  } finally {
    db.close();
  }
}

/** True when a remote of the store has not received all events: only then can events be held or lost. */
export function hasLag(dir: string): boolean {
  return lagging(dir).length > 0;
}

/** The last ids that retention may remove: remotes are to have the later ones first. */
export interface HeldEvents extends IdLimits {
  /** True while an event waits for a remote. */
  readonly isHeld: boolean;
}

/** The limits of a store without remotes that wait. */
export const NOTHING_HELD: HeldEvents = { upToId: Infinity, upToIds: new Map(), isHeld: false };

/**
 * The events that retention keeps because remotes are to receive them first: of each type, the first that a remote would
 * send and all later ones. Ids grow with the time of receipt, so a maximum lag by age or size is a limit of ids.
 * @throws TelemetryError as openSession.
 */
export async function heldEvents(dir: string, { signal, now }: HoldOptions): Promise<HeldEvents> {
  const damaged: Segment[] = [];
  const onDamaged: OnDamaged = (segment, problem) => {
    if (problem !== SET_ASIDE) damaged.push(segment);
  };
  const session = await openSession({ dir, signal, onDamaged });
  try {
    return await heldIn(dir, { session, damaged }, now);
  } finally {
    session.close();
  }
}

/** The options of {@link heldEvents}. */
export interface HoldOptions {
  readonly signal: AbortSignal;
  /** The present, in microseconds since 1970. */
  readonly now: () => Micros;
}

/** A session over all events of a store, and the segments that it cannot read. */
interface StoreInView {
  readonly session: Session;
  readonly damaged: readonly Segment[];
}

async function heldIn(dir: string, view: StoreInView, now: () => Micros): Promise<HeldEvents> {
  let held = NOTHING_HELD;
  for (const { cursor_id: cursorId, definition } of lagging(dir)) {
    const remote = JSON.parse(definition) as RemoteDefinition;
    const { maxLag } = remote;
    const released =
      maxLag?.age !== undefined
        ? await lastIdBefore(view.session, now() - maxLag.age)
        : maxLag?.bytes !== undefined
          ? idBeforeLast(dir, maxLag.bytes, now)
          : 0;
    held = both(held, await waitingFor(remote, view, { cursorId, released: Math.max(cursorId, released) }));
  }
  return held;
}

/** The limits of a store and those of one more remote. */
function both(a: HeldEvents, b: HeldEvents): HeldEvents {
  const types = new Set([...a.upToIds.keys(), ...b.upToIds.keys()]);
  const upTo = (type: string): number => Math.min(idLimit(a, type), idLimit(b, type));
  return {
    upToId: Math.min(a.upToId, b.upToId),
    upToIds: new Map([...types].map(type => [type, upTo(type)])),
    isHeld: a.isHeld || b.isHeld,
  };
}

/**
 * The events that one remote waits for. A condition that may choose other events later holds all of them, and a damaged
 * segment, which may be restored, holds its types.
 */
async function waitingFor(
  { where, types }: RemoteDefinition,
  { session, damaged }: StoreInView,
  { cursorId, released }: { readonly cursorId: number; readonly released: number },
): Promise<HeldEvents> {
  const isChosen = types !== undefined || where !== undefined;
  if (!isChosen || (where !== undefined && !(await isSteady(session, where)))) {
    return { upToId: released, upToIds: new Map(), isHeld: true };
  }
  // Later events may be of any kind.
  const { lastId } = await session.refresh();
  const predicate = where === undefined ? undefined : await bindPredicate(session, where, '--where');
  const conditions = [
    `id > ${cursorId} and id <= ${lastId}`,
    ...(types ? [`"type" in (${types.map(quoteText).join(', ')})`] : []),
    ...(predicate ? [predicate.sql] : []),
  ];
  const first = await rowsOf(
    await session.query(
      `select "type", min(id) from ${predicate?.source ?? 'events'} where ${conditions.join(' and ')} group by 1`,
    ),
  );
  const readable = held(first.map(([type, id]) => [type!, Number(id)]));
  const unread = damaged
    .filter(segment => segment.lastId > cursorId)
    .map(({ types: of, firstId }) => held(Object.keys(of).map(type => [type, firstId])));
  return unread.reduce(both, readable);

  /** Limits that keep each type from an id on. */
  function held(ids: readonly (readonly [type: string, firstId: number])[]): HeldEvents {
    const upToIds = new Map(ids.map(([type, id]) => [type, Math.max(released, id - 1)]));
    return { upToId: Math.max(released, lastId), upToIds, isHeld: ids.length > 0 };
  }
}

/** True for a condition that says the same of an event whenever it is asked. */
async function isSteady(session: Session, where: string): Promise<boolean> {
  const ask = async (sql: string): Promise<string> => (await rowsOf(await session.query(sql)))[0]![0]!;
  const node = await parseSelect(ask, `select 1 from events where (\n${where}\n)`);
  const kinds = functionKinds(await rowsOf(await session.query(FUNCTION_KINDS_SQL)));
  return !isUnsteady(node, kinds) && ![...nodesIn(node)].some(({ class: kind }) => kind === 'SUBQUERY');
}

/** The id of the last event received before `time`, or 0. */
async function lastIdBefore(session: Session, time: Micros): Promise<number> {
  const sql = `select max(id) from events where received_at < make_timestamptz(${time}::bigint)`;
  const [row] = await rowsOf(await session.query(sql));
  return Number(row?.[0] ?? 0);
}

/** The id after which events take about `bytes` bytes on disk, or 0. Segments count as a whole. */
function idBeforeLast(dir: string, bytes: number, now: () => Micros): number {
  const catalog: Catalog = openCatalog(dir, now);
  try {
    const file = databaseFile(dir);
    let left = bytes - diskUsageOf([file, `${file}-wal`]);
    const newest = [...catalog.segments()].sort((a, b) => b.lastId - a.lastId);
    for (const segment of newest) {
      if (left < 0) return segment.lastId;
      left -= segment.bytes;
    }
    return left < 0 ? (newest.at(-1)?.firstId ?? 0) : 0;
  } finally {
    catalog.close();
  }
}
