import type { Micros } from '../../core/duration.js';
import { bindKnown } from '../../query/predicate.js';
import type { Session } from '../../query/session.js';
import type { Comparison } from './measure.js';

/** A span of time, without its end. */
export interface TimeSpan {
  readonly since: Micros | undefined;
  readonly until: Micros | undefined;
}

/** The events to set apart, and those to compare them with. */
export interface Versus {
  /** A condition over events; undefined for all, which `versusTime` then bounds. */
  readonly where: string | undefined;
  /** A condition over the other events; undefined for all. Events that match are never among them. */
  readonly versus: string | undefined;
  /** The time of the matching events, and that of the others; undefined where both are those of the session. */
  readonly times: { readonly matching: TimeSpan; readonly others: TimeSpan } | undefined;
}

/**
 * Binds the conditions of a comparison.
 * @throws TelemetryError `sql` for a condition that does not bind.
 */
export async function bindSides(session: Session, { where, versus, times }: Versus): Promise<Comparison> {
  const matching = where === undefined ? undefined : await bindKnown(session, where, '--where');
  const others = versus === undefined ? undefined : await bindKnown(session, versus, '--versus');
  const [here, there] = [times?.matching, times?.others].map(spanCondition);
  const isMatch = [matching?.sql, here].filter(sql => sql !== undefined).join(' and ') || 'true';
  // The same condition at another time: the events that it no longer, or not yet, was true for.
  const isOther = times ? [matching?.sql, others?.sql, there] : [others?.sql];
  const otherSql = isOther.filter(sql => sql !== undefined).join(' and ');
  const side = `case when ${isMatch} then true ${otherSql === '' ? 'else false' : `when ${otherSql} then false`} end`;
  return { source: 'events', side };
}

function spanCondition(span: TimeSpan | undefined): string | undefined {
  if (!span) return undefined;
  const bounds = [
    ...(span.since === undefined ? [] : [`"time" >= make_timestamptz(${span.since})`]),
    ...(span.until === undefined ? [] : [`"time" < make_timestamptz(${span.until})`]),
  ];
  return bounds.length === 0 ? undefined : bounds.join(' and ');
}
