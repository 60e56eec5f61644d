import { rowsOf } from '../../../query/result/rows.js';
import type { Session } from '../../../query/session.js';
import { rowsOfJson } from '../../shared/report.js';

/** The keys and values of an event, nested keys with dots, in the order of the payload. */
export async function spanDetails(session: Session, eventId: number): Promise<(readonly [string, string])[]> {
  const [row] = await rowsOf(await session.query(`select payload from events where id = ${eventId}`));
  if (!row?.[0]) return [];
  const { columns, batches } = rowsOfJson(JSON.parse(row[0]) as unknown);
  const [cells] = await rowsOf({ columns, batches });
  return columns.map(({ name }, i) => [name, cells?.[i] ?? 'null'] as const);
}
