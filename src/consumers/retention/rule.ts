import { typesMeant } from '../../core/type-words.js';
import type { AgeBasis, AgeLimits, IdLimits } from '../../store/archive/selection.js';

/** The events to remove: those that meet all of the given conditions. */
export interface RetentionRule {
  /** Types whose events are kept, or plural words for them (`logs`). */
  readonly keep: readonly string[];
  /** An SQL condition that events must meet to be removed. */
  readonly where?: string | undefined;
  /** Age in milliseconds from which events are removed; Infinity removes none by age. */
  readonly olderThan: number | undefined;
  /** Ages of single types, in milliseconds; they override `olderThan`. */
  readonly ages?: ReadonlyMap<string, number>;
  /** No event after these ids is removed; undefined sets no limit. */
  readonly held?: IdLimits | undefined;
  /** The time that ages are measured from; default `received`. */
  readonly by?: AgeBasis;
}

/**
 * The age limits of a rule by type, without its `where`.
 * @param now the present, in milliseconds since 1970.
 * @param lastId of the events that may go
 */
export function limitsOf({ keep, olderThan, ages, by, held }: RetentionRule, now: number, lastId: number): AgeLimits {
  const before = (age: number): number => (age === Infinity ? -Infinity : Math.round((now - age) * 1000));
  const aged = [...(ages ?? [])].map(([type, age]) => [type, before(age)] as const);
  const kept = keep.flatMap(typesMeant).map(type => [type, -Infinity] as const);
  return {
    upToId: Math.min(lastId, held?.upToId ?? Infinity),
    upToIds: held?.upToIds ?? new Map(),
    by: by ?? 'received',
    types: new Map([...aged, ...kept]),
    others: olderThan === undefined ? Infinity : before(olderThan),
  };
}

/** The limits without their ages: they select all events whose type may be removed. */
export function withoutAges({ by, types, others, ...ids }: AgeLimits): AgeLimits {
  const any = (limit: number): number => (limit === -Infinity ? limit : Infinity);
  return { ...ids, by, types: new Map([...types].map(([type, limit]) => [type, any(limit)])), others: any(others) };
}
