import type { PlannedCounts } from '../../store/archive/maintain/remove.js';
import { payloadAmounts } from '../../query/report/payload-amounts.js';
import { rowsOf } from '../../query/result/rows.js';
import type { Session } from '../../query/session.js';
import { quoteText } from '../../store/sql/text.js';
import type { RuleSql } from './rule-sql.js';

/** A number of events, and the bytes of their payloads. */
export interface Amount {
  readonly events: number;
  readonly bytes: number;
}

/** Counts of one type: all events, those that pass each rule in turn, and those to remove. */
export interface TypeCounts {
  readonly type: string;
  readonly all: Amount;
  readonly notKept: number;
  readonly matching: number;
  readonly removed: Amount;
}

/**
 * Up to this many sealed events, payloads are rebuilt to count the bytes of a type that loses only some events. Above
 * it, the bytes are estimated by the share of events.
 */
const MEASURED_EVENTS = 1_000_000;

/**
 * Counts, by type, the events up to `lastId` that pass each rule.
 * @param chosen the number of events to remove by type, where it is known already.
 * @throws TelemetryError as {@link Session.query}.
 */
export async function countTypes(
  session: Session,
  sql: RuleSql,
  { sealedId, lastId, chosen }: { sealedId: number; lastId: number; chosen?: PlannedCounts | undefined },
): Promise<TypeCounts[]> {
  const totals = await payloadAmounts(session, { sealedId, lastId });
  const asked = [...(await countRules(session, sql, lastId))];
  const counts = new Map(
    asked.map(([type, count]) => [type, { ...count, removed: chosen ? (chosen.get(type) ?? 0) : count.removed }]),
  );
  const partial = [...counts].filter(([, { events, removed }]) => removed > 0 && removed < events);
  const measured = await measure(
    session,
    sql,
    partial.map(([type, { removed }]) => ({ type, removed })),
  );
  return [...counts].map(([type, { events, notKept, matching, removed }]) => {
    const all = { events, bytes: bytesOf(type, events, totals) };
    const share = Math.round((all.bytes * removed) / all.events);
    return { type, all, notKept, matching, removed: { events: removed, bytes: measured.get(type) ?? share } };
  });
}

/**
 * The bytes of all events of a type. The catalog of segments of the first format counts types that differ only by a
 * leading U+FEFF as one: each type then gets its share of the bytes.
 */
function bytesOf(type: string, events: number, totals: ReadonlyMap<string, Amount>): number {
  const total = totals.get(type) ?? totals.get(type.replace(/^\uFEFF+/, ''));
  return total ? Math.round((total.bytes * events) / total.events) : 0;
}

/** The sum of amounts. */
export function addAmounts(amounts: readonly Amount[]): Amount {
  return amounts.reduce((sum, { events, bytes }) => ({ events: sum.events + events, bytes: sum.bytes + bytes }), {
    events: 0,
    bytes: 0,
  });
}

interface RuleCounts {
  readonly events: number;
  readonly notKept: number;
  readonly matching: number;
  readonly removed: number;
}

async function countRules(session: Session, sql: RuleSql, lastId: number): Promise<Map<string, RuleCounts>> {
  const { source, notKept, matching, oldEnough } = sql;
  const rows = await rowsOf(
    await session.query(
      `with judged as (
         select type, ${notKept} as not_kept, ${matching} as matching, ${oldEnough} as old_enough
         from ${source} where id <= ${lastId}
       )
       select type, count(*), count(*) filter (not_kept), count(*) filter (not_kept and matching),
         count(*) filter (not_kept and matching and old_enough)
       from judged group by type`,
    ),
  );
  return new Map(
    rows.map(([type, ...numbers]) => {
      const [events, notKeptCount, matchingCount, removed] = numbers.map(Number);
      return [type ?? '', { events: events!, notKept: notKeptCount!, matching: matchingCount!, removed: removed! }];
    }),
  );
}

/** The bytes to remove by type, for types that keep some events; empty above {@link MEASURED_EVENTS}. */
async function measure(
  session: Session,
  { source, matching, oldEnough }: RuleSql,
  types: readonly { type: string; removed: number }[],
): Promise<Map<string, number>> {
  const events = types.reduce((sum, { removed }) => sum + removed, 0);
  if (events === 0 || events > MEASURED_EVENTS) return new Map();
  const names = types.map(({ type }) => quoteText(type)).join(', ');
  const rows = await rowsOf(
    await session.query(
      `select type, sum(strlen(payload::varchar)) from ${source}
       where ${matching} and ${oldEnough} and type in (${names}) group by type`,
    ),
  );
  return new Map(rows.map(([type, bytes]) => [type ?? '', Number(bytes)]));
}
