import type { RuleSql } from './rule-sql.js';
import { ageCondition, selectByAge, selectByIds, type Selection } from '../../store/archive/selection.js';
import type { PlannedCounts } from '../../store/archive/maintain/remove.js';
import { type IdRuns, idRuns } from '../../store/catalog/id-runs.js';
import { bindPredicate, type MissingColumn } from '../../query/predicate.js';
import type { Session } from '../../query/session.js';
import { addAmounts, countTypes, type Amount, type TypeCounts } from './count.js';
import { limitsOf, withoutAges, type RetentionRule } from './rule.js';

export interface TypePlan {
  readonly type: string;
  readonly removed: Amount;
  readonly kept: Amount;
}

/** The number of events that each rule leaves, applied in this order. */
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

/** The events that a plan names: none that came later, and each however it is stored by now. */
export interface Removal {
  /** Of events that are sealed, when it comes to it. */
  readonly sealed: Selection;
  /** Of those that the journal still has then. */
  readonly journal: IdRuns;
  /** The number of planned events of each type. */
  readonly planned: PlannedCounts;
}

/** A plan, and how to tell the events in it: sealed ones by their age, which says the same of them for ever, or by their ids. */
export interface Planned {
  readonly plan: PrunePlan;
  /** The events of the plan as SQL, for questions about them. */
  readonly events: { readonly source: string; readonly condition: string };
  readonly removal: () => Promise<Removal>;
}

/**
 * Counts what a rule removes and keeps, per type; the largest part to remove comes first.
 * @param now the present, in milliseconds since 1970.
 * @throws TelemetryError `sql` for a condition that does not bind; what {@link Session.query} throws.
 */
export async function planPrune(session: Session, rule: RetentionRule, now: number): Promise<Planned> {
  const condition = rule.where === undefined ? undefined : await bindPredicate(session, rule.where, '--where');
  const { lastId, sealedId } = await session.refresh();
  const limits = limitsOf(rule, now, lastId);
  const sql: RuleSql = {
    source: condition?.source ?? 'events',
    notKept: ageCondition(withoutAges(limits)),
    matching: condition ? `coalesce(${condition.sql}::boolean, false)` : 'true',
    oldEnough: ageCondition(limits),
  };
  // A condition may say different of an event when it is asked again (now(), random()): it is asked once.
  const chosen = condition && (await listEvents(session, sql, 0, lastId));
  const counts = await countTypes(session, sql, { sealedId, lastId, chosen: chosen?.types });
  const plan = { ...summary(counts), missing: condition?.missing ?? [] };
  const planned = new Map(counts.map(({ type, removed }) => [type, removed.events]));
  return {
    plan,
    events: {
      source: sql.source,
      condition: `id <= ${lastId} and (${sql.notKept}) and (${sql.matching}) and (${sql.oldEnough})`,
    },
    removal: async () => {
      if (chosen) return { sealed: selectByIds(chosen.ids), journal: chosen.ids, planned };
      const { ids } = await listEvents(session, sql, sealedId, lastId);
      return { sealed: selectByAge(limits), journal: ids, planned };
    },
  };
}

function summary(counts: readonly TypeCounts[]): Omit<PrunePlan, 'missing'> {
  const types = counts
    .map(({ type, all, removed }) => ({
      type,
      removed,
      kept: { events: all.events - removed.events, bytes: all.bytes - removed.bytes },
    }))
    .sort(
      (a, b) => b.removed.bytes - a.removed.bytes || b.removed.events - a.removed.events || (a.type < b.type ? -1 : 1),
    );
  const sum = (part: (of: TypeCounts) => number): number => counts.reduce((total, of) => total + part(of), 0);
  return {
    types,
    removed: addAmounts(types.map(({ removed }) => removed)),
    kept: addAmounts(types.map(({ kept }) => kept)),
    survivors: {
      all: sum(({ all }) => all.events),
      notKept: sum(({ notKept }) => notKept),
      matching: sum(({ matching }) => matching),
      oldEnough: sum(({ removed }) => removed.events),
    },
  };
}

/** The events that go, after an id and up to another, and how many of each type. */
async function listEvents(
  session: Session,
  { source, matching, oldEnough }: RuleSql,
  afterId: number,
  lastId: number,
): Promise<{ ids: IdRuns; types: PlannedCounts }> {
  const ids = idRuns();
  const types = new Map<string, number>();
  const { batches } = await session.query(
    `select id, type from ${source} where id > ${afterId} and id <= ${lastId} and ${matching} and ${oldEnough} order by id`,
  );
  for await (const rows of batches) {
    for (const [id, type] of rows) {
      ids.add(Number(id));
      types.set(type ?? '', (types.get(type ?? '') ?? 0) + 1);
    }
  }
  return { ids, types };
}
