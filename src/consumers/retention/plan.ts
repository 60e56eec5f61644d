import type { RuleSql } from './rule-sql.js';
import { ageCondition, selectByAge, selectByIds, type Selection } from '../../store/archive/selection.js';
import type { PlannedCounts } from '../../store/archive/maintain/remove.js';
import { type IdRuns, idRuns } from '../../store/catalog/id-runs.js';
import { bindPredicate, type MissingColumn } from '../../query/predicate.js';
import type { Session } from '../../query/session.js';
import { addAmounts, countTypes, type Amount, type TypeCounts } from './count.js';
import { limitsOf, withoutAges, type RetentionRule } from './rule.js';
import type { RemovedRows } from './unsent.js';

/** The events of one type that a plan removes and keeps. */
export interface TypePlan {
  readonly type: string;
  readonly removed: Amount;
  readonly kept: Amount;
}

/** The number of events that pass each rule, applied in this order. */
export interface Survivors {
  readonly all: number;
  readonly notKept: number;
  readonly matching: number;
  readonly oldEnough: number;
}

/** The counts of a prune: by type, in total and by rule. */
export interface PrunePlan {
  /** The type with the most bytes to remove comes first. */
  readonly types: readonly TypePlan[];
  readonly removed: Amount;
  readonly kept: Amount;
  readonly survivors: Survivors;
  /** The columns of `where` that no event has. */
  readonly missing: readonly MissingColumn[];
}

/** The events to remove by a plan: none received later, whether they are sealed by now or not. */
export interface Removal {
  /** Selects among the events that are sealed at the time of the removal. */
  readonly sealed: Selection;
  /** Selects among the events that are still in the journal at that time. */
  readonly journal: IdRuns;
  /** The number of planned events of each type. */
  readonly planned: PlannedCounts;
}

/** A plan and the selection of its events: by ids, or sealed ones by age limits, which do not move. */
export interface Planned {
  readonly plan: PrunePlan;
  /** The events of the plan as SQL. */
  readonly events: RemovedRows;
  readonly removal: () => Promise<Removal>;
}

/**
 * Counts the events that a rule removes and keeps, by type.
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
  // A condition such as random() < 0.5 may differ when it is evaluated again, so it is evaluated once.
  const chosen = condition && (await listEvents(session, sql, 0, lastId));
  const counts = await countTypes(session, sql, { sealedId, lastId, chosen: chosen?.types });
  const plan = { ...summary(counts), missing: condition?.missing ?? [] };
  const planned = new Map(counts.map(({ type, removed }) => [type, removed.events]));
  return {
    plan,
    events: {
      source: sql.source,
      condition: `id <= ${lastId} and (${sql.notKept}) and (${sql.matching}) and (${sql.oldEnough})`,
      missing: condition?.missing.map(({ name }) => name) ?? [],
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

/** The ids `(afterId, lastId]` of the events to remove, and their number by type. */
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
