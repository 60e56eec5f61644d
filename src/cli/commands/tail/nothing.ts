import { typesMeant } from '../../../core/type-words.js';
import { rowsOf } from '../../../query/result/rows.js';
import { openSession, type Session, type SessionOptions } from '../../../query/session.js';
import { quoteText } from '../../../store/sql/text.js';
import type { Context } from '../../shared/context.js';
import { noTypeText, outsideText } from '../../shared/no-events-text.js';
import type { TailOptions } from './options.js';

type Asked = Pick<TailOptions, 'store' | 'picks' | 'since' | 'until' | 'fromId'>;

/**
 * Notes why a tail that has ended printed nothing: types that no event has, bounds in time that leave none, and an id
 * past the last.
 * @throws TelemetryError as {@link openSession}.
 */
export async function nothingNotes(asked: Asked, { signal, readyStores }: Context): Promise<string[]> {
  const { store: dir, picks, since, until, fromId } = asked;
  if (picks.types.length === 0 && since === undefined && until === undefined && fromId === undefined) return [];
  const whole = { dir, signal, readyStores };
  const notes = await using(whole, async session => [
    ...(await missingTypes(session, picks.types)).map(noTypeText),
    ...(fromId === undefined ? [] : pastLast(fromId, await lastIdOf(session))),
  ]);
  if (since === undefined && until === undefined) return notes;
  const bounds = { ...(since !== undefined && { since }), ...(until !== undefined && { until }) };
  const outside = await using({ ...whole, ...bounds }, session => session.countOutside());
  return outside === 0 ? notes : [...notes, outsideText(outside, 'time')];
}

async function using<T>(options: SessionOptions, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await openSession(options);
  try {
    return await work(session);
  } finally {
    session.close();
  }
}

async function missingTypes(session: Session, types: readonly string[]): Promise<string[]> {
  const missing: string[] = [];
  for (const type of types) {
    const meant = typesMeant(type).map(quoteText).join(', ');
    const found = await rowsOf(await session.query(`select 1 from events where "type" in (${meant}) limit 1`));
    if (found.length === 0) missing.push(type);
  }
  return missing;
}

async function lastIdOf(session: Session): Promise<number> {
  const [row] = await rowsOf(await session.query('select max(id) from events'));
  return Number(row?.[0] ?? 0);
}

function pastLast(fromId: number, lastId: number): string[] {
  if (lastId === 0 || fromId <= lastId) return [];
  return [`no event has the id ${fromId} or a higher one: the last is ${lastId}\n`];
}
