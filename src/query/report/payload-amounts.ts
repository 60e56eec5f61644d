import { rowsOf } from '../result/rows.js';
import type { Session } from '../session.js';

/** The number of events of a type, and the bytes of their payloads. */
export interface PayloadAmount {
  readonly events: number;
  readonly bytes: number;
}

/**
 * Counts the events of each type up to `lastId`: sealed ones from the catalog, the others by reading them. Call it
 * directly after the {@link Session.refresh} that returned the ids.
 */
export async function payloadAmounts(
  session: Session,
  { sealedId, lastId }: { sealedId: number; lastId: number },
): Promise<Map<string, PayloadAmount>> {
  const amounts = sealedAmounts(session);
  if (lastId <= sealedId) return amounts;
  const rows = await rowsOf(
    await session.query(
      `select type, count(*), sum(strlen(payload::varchar)) from events
       where id > ${sealedId} and id <= ${lastId} group by type`,
    ),
  );
  for (const [type, events, bytes] of rows) add(amounts, type ?? '', { events: Number(events), bytes: Number(bytes) });
  return amounts;
}

/** The same for the segments in view, from the catalog. */
function sealedAmounts({ plan }: Pick<Session, 'plan'>): Map<string, PayloadAmount> {
  const amounts = new Map<string, PayloadAmount>();
  for (const { types } of plan.segments) {
    for (const [type, amount] of Object.entries(types)) add(amounts, type, amount);
  }
  return amounts;
}

function add(amounts: Map<string, PayloadAmount>, type: string, { events, bytes }: PayloadAmount): void {
  const before = amounts.get(type) ?? { events: 0, bytes: 0 };
  amounts.set(type, { events: before.events + events, bytes: before.bytes + bytes });
}
