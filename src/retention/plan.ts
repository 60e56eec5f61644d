import { type AgeLimits, selectByAge, selectByIds, type Selection } from '../archive/selection.js';
import { type IdRuns, idRuns } from '../journal/id-runs.js';
import { bindPredicate, type MissingColumn } from '../query/predicate.js';
import { rowsOf } from '../query/rows.js';
import type { Session } from '../query/session.js';
import { quoteText } from '../sql/text.js';

/** Which events go: those that every rule given says may go. */
export interface RetentionRule {
  /** Types whose events stay. */
  readonly keep: readonly string[];
  /** An SQL condition that events must meet to go. */
  readonly where: string | undefined;
  /** How long ago, in milliseconds, events must have been received to go. */
  readonly olderThan: number | undefined;
}

/** Events and the bytes of their payloads. */
export interface Amount {
  readonly events: number;
  readonly bytes: number;
}

export interface TypePlan {
  readonly type: string;
  readonly removed: Amount;
  readonly kept: Amount;
}

/** How many events each rule leaves, applied in this order. */
export interface Survivors {
  readonly all: number;
  readonly notKept: number;
  readonly matching: number;
  readonly oldEnough: number;
}

export interface PrunePlan {
  readonly types: readonly TypePlan[];
  readonly removed: Amount;
  readonly kept: Amount;
  readonly survivors: Survivors;
  /** The columns of `where` that no event has had yet. */
  readonly missing: readonly MissingColumn[];
}

/** The rules as SQL over `source`, each true for the events that may go. */
interface RuleSql {
  readonly source: string;
  readonly notKept: string;
  readonly matching: string;
  readonly oldEnough: string;
}

/** The events that a plan names: none that came later, and each however it is stored by now. */
export interface Removal {
  /** Of events that are sealed, when it comes to it. */
  readonly sealed: Selection;
  /** Of those that the journal still has then. */
  readonly journal: IdRuns;
}

/** A plan, and how to tell the events in it. */
export interface Planned {
  readonly plan: PrunePlan;
  readonly removal: () => Promise<Removal>;
}

/**
 * Counts what a rule removes and keeps, per type; the largest part to remove comes first.
 * @param now the present, in milliseconds since 1970.
 * @throws TelemetryError `sql` for a condition that does not bind; what {@link Session.query} throws.
 */
export async function planPrune(session: Session, rule: RetentionRule, now: number): Promise<Planned> {
  const { sql, missing } = await ruleSql(session, rule, now);
  const { lastId, sealedId } = await session.refresh();
  const rows = await rowsOf(await session.query(countSql(sql, lastId)));
  const counts = rows.map(([type, ...numbers]) => ({ type: type ?? '', numbers: numbers.map(Number) }));
  const types = counts.map(({ type, numbers: [events, bytes, , , removed, removedBytes] }) => ({
    type,
    removed: { events: removed!, bytes: removedBytes! },
    kept: { events: events! - removed!, bytes: bytes! - removedBytes! },
  }));
  const sum = (column: number): number => counts.reduce((total, { numbers }) => total + numbers[column]!, 0);
  const removed = { events: sum(4), bytes: sum(5) };
  const plan: PrunePlan = {
    types,
    removed,
    kept: { events: sum(0) - removed.events, bytes: sum(1) - removed.bytes },
    survivors: { all: sum(0), notKept: sum(2), matching: sum(3), oldEnough: sum(4) },
    missing,
  };
  return {
    plan,
    async removal() {
      if (rule.where === undefined) {
        const journal = await listIds(session, sql, sealedId, lastId);
        return { sealed: selectByAge(ageLimits(rule, now, lastId)), journal };
      }
      // What a condition says of an event may change with the columns that are there: it is asked once.
      const ids = await listIds(session, sql, 0, lastId);
      return { sealed: selectByIds(ids), journal: ids };
    },
  };
}

function ageLimits({ keep, olderThan }: RetentionRule, now: number, upToId: number): AgeLimits {
  return {
    upToId,
    by: 'received',
    types: new Map(keep.map(type => [type, -Infinity])),
    others: olderThan === undefined ? Infinity : Math.round((now - olderThan) * 1000),
  };
}

async function ruleSql(
  session: Session,
  { keep, where, olderThan }: RetentionRule,
  now: number,
): Promise<{ sql: RuleSql; missing: readonly MissingColumn[] }> {
  const condition = where === undefined ? undefined : await bindPredicate(session, where, '--where');
  const sql = {
    source: condition?.source ?? 'events',
    notKept: keep.length === 0 ? 'true' : `type not in (${keep.map(quoteText).join(', ')})`,
    matching: condition ? `coalesce(${condition.sql}::boolean, false)` : 'true',
    oldEnough:
      olderThan === undefined ? 'true' : `received_at < make_timestamptz(${Math.round((now - olderThan) * 1000)})`,
  };
  return { sql, missing: condition?.missing ?? [] };
}

function countSql({ source, notKept, matching, oldEnough }: RuleSql, lastId: number): string {
  return `
    with judged as (
      select type, strlen(payload::varchar) as bytes,
        ${notKept} as not_kept, ${matching} as matching, ${oldEnough} as old_enough
      from ${source} where id <= ${lastId}
    )
    select type, count(*), sum(bytes),
      count(*) filter (not_kept), count(*) filter (not_kept and matching),
      count(*) filter (not_kept and matching and old_enough) as removed,
      coalesce(sum(bytes) filter (not_kept and matching and old_enough), 0) as removed_bytes
    from judged group by type order by removed_bytes desc, removed desc, type`;
}

async function listIds(
  session: Session,
  { source, notKept, matching, oldEnough }: RuleSql,
  afterId: number,
  lastId: number,
): Promise<IdRuns> {
  const ids = idRuns();
  const { batches } = await session.query(
    `select id from ${source} where id > ${afterId} and id <= ${lastId} and ${notKept} and ${matching} and ${oldEnough} order by id`,
  );
  for await (const rows of batches) for (const [id] of rows) ids.add(Number(id));
  return ids;
}
