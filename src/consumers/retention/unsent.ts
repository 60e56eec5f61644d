import type { Micros } from '../../core/duration.js';
import { bindPredicate } from '../../query/predicate.js';
import { rowsOf } from '../../query/result/rows.js';
import type { Session } from '../../query/session.js';
import { RemoteLedger } from '../../store/catalog/remotes.js';
import { openForWriting } from '../../store/database/store.js';
import { quoteName, quoteText } from '../../store/sql/text.js';
import type { RemoteDefinition } from '../remotes/remote.js';
import { lagging } from './hold.js';

/** Events of a removal that a remote has not received. */
export interface UnsentEvents {
  readonly remote: string;
  readonly events: number;
  readonly firstId: number;
  readonly lastId: number;
}

/** Events of a removal as SQL. */
export interface RemovedRows {
  readonly source: string;
  readonly condition: string;
  /** Columns that `source` adds to `events`, with NULL as their value. */
  readonly missing?: readonly string[];
}

/** Counts the events of a removal that each remote has not received; remotes without any are left out. */
export async function unsentAmong(
  dir: string,
  session: Session,
  { source, condition, missing = [] }: RemovedRows,
): Promise<UnsentEvents[]> {
  const found: UnsentEvents[] = [];
  for (const { name: remote, cursor_id: cursorId, definition } of lagging(dir)) {
    const { where, types } = JSON.parse(definition) as RemoteDefinition;
    const predicate = where === undefined ? undefined : await bindPredicate(session, where, '--where');
    const added = (predicate?.missing ?? [])
      .filter(({ name }) => !missing.includes(name))
      .map(({ name }) => `, null as ${quoteName(name)}`);
    const conditions = [
      `id > ${cursorId}`,
      ...(types ? [`"type" in (${types.map(quoteText).join(', ')})`] : []),
      ...(predicate ? [predicate.sql] : []),
    ];
    const sql = `select count(*), min(id), max(id) from (select *${added.join('')} from ${source} where ${condition})
      where ${conditions.join(' and ')}`;
    const [row] = await rowsOf(await session.query(sql));
    const [events, firstId, lastId] = row!.map(Number) as [number, number, number];
    if (events > 0) found.push({ remote, events, firstId, lastId });
  }
  return found;
}

/** Records the loss of events that were removed before remotes received them. */
export function recordLosses(dir: string, unsent: readonly UnsentEvents[], now: Micros): void {
  if (unsent.length === 0) return;
  const db = openForWriting(dir);
  try {
    const ledger = new RemoteLedger(db);
    for (const { remote, ...loss } of unsent) ledger.lost(remote, loss, now);
  } finally {
    db.close();
  }
}
