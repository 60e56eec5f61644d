import { payloadAmounts, type PayloadAmount } from './payload-amounts.js';
import { rowsOf } from '../result/rows.js';
import { openSession, type SessionOptions } from '../session.js';

/** Events received during the last `seconds`. */
export interface Rate {
  readonly seconds: number;
  readonly events: number;
}

/** Time spans of the rates, in seconds: a minute, five minutes, an hour. */
const RATE_SECONDS = [60, 300, 3600];

/**
 * Counts the stored events of each type and those received lately. Of the sealed events it reads only those of the last
 * hour.
 * @param now the present, in milliseconds since 1970.
 * @throws TelemetryError as openSession
 */
export async function storeAmounts(
  options: SessionOptions,
  now: number,
): Promise<{ types: Map<string, PayloadAmount>; rates: Rate[] }> {
  const session = await openSession(options);
  try {
    return { types: await payloadAmounts(session, await session.refresh()), rates: await rates(options, now) };
  } finally {
    session.close();
  }
}

async function rates(options: SessionOptions, now: number): Promise<Rate[]> {
  const since = (seconds: number): number => (now - seconds * 1000) * 1000;
  const session = await openSession({
    ...options,
    since: since(Math.max(...RATE_SECONDS)),
    by: 'received',
    onDamaged: undefined,
  });
  try {
    const counts = RATE_SECONDS.map(
      seconds => `count(*) filter (received_at >= make_timestamptz(${since(seconds)}::bigint))`,
    );
    const [row] = await rowsOf(await session.query(`select ${counts.join(', ')} from events`));
    return RATE_SECONDS.map((seconds, i) => ({ seconds, events: Number(row![i]) }));
  } finally {
    session.close();
  }
}
