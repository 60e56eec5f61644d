import { CORE_COLUMNS } from '../../core/attribute.js';
import { TelemetryError } from '../../core/errors.js';
import { quoteName } from '../../store/sql/text.js';
import { nearNames } from '../sql/near-names.js';
import { rowsOf } from '../result/rows.js';
import { openSession, type SessionOptions } from '../session.js';

/** Events that have one value in common. */
export interface EventGroup {
  /** The value as text; null for events without one. */
  readonly value: string | null;
  readonly events: number;
  /** Times of the first and the last event. */
  readonly first: string;
  readonly last: string;
  /** The transport of a stream. */
  readonly transport?: string | null;
  readonly remote?: string | null;
  readonly agent?: string | null;
}

/**
 * Counts events by a column; the largest groups come first.
 * @param by the name of a column of `events`; `stream` groups by the stream of the events.
 * @throws TelemetryError `usage` for a column that no event has; as openSession.
 */
export async function countByColumn(options: SessionOptions, by: string): Promise<EventGroup[]> {
  const session = await openSession(options);
  try {
    const isStream = by.toLowerCase() === 'stream' || by.toLowerCase() === 'stream_id';
    const names = [...CORE_COLUMNS, ...session.attributes.map(({ name }) => name), 'service'];
    const column = isStream ? 'stream_id' : names.find(name => name.toLowerCase() === by.toLowerCase());
    if (column === undefined) throw unknown(by, names);
    const isThere = column !== 'service' || names.indexOf('service') < names.length - 1;
    const value = isThere ? quoteName(column) : 'null';
    const groups = `select ${value} as value, count(*) as events, min("time") as first, max("time") as last
      from events group by all`;
    const streams = isStream
      ? `, transport, remote, headers->>'user-agent' as agent from (${groups}) as groups left join streams on streams.id = value`
      : ` from (${groups}) as groups`;
    const order = 'order by groups.events desc, value';
    const rows = await rowsOf(
      await session.query(`select value::varchar, groups.events, first, last${streams} ${order}`),
    );
    return rows.map(([text = null, events, first, last, transport, remote, agent]) => ({
      value: text,
      events: Number(events),
      first: first ?? '',
      last: last ?? '',
      ...(isStream && { transport: transport ?? null, remote: remote ?? null, agent: agent ?? null }),
    }));
  } finally {
    session.close();
  }
}

function unknown(by: string, names: readonly string[]): TelemetryError {
  const near = nearNames(by, names);
  return new TelemetryError('usage', `--by ${by}: no event has a column of that name`, {
    remedy: near.length > 0 ? `near attributes: ${near.join(', ')}` : 'telemetry schema lists the columns.',
  });
}
