import { typesMeant } from '../../core/type-words.js';
import type { AgeBasis, AgeLimits } from '../../store/archive/selection.js';

/** Which events go: those that every rule given says may go. */
export interface RetentionRule {
  /** Types whose events stay, or words for them (`logs`). */
  readonly keep: readonly string[];
  /** An SQL condition that events must meet to go. */
  readonly where?: string | undefined;
  /** Age in milliseconds from which events are removed; Infinity removes none by age. */
  readonly olderThan: number | undefined;
  /** The same for single types. */
  readonly ages?: ReadonlyMap<string, number>;
  /** The time that ages are measured from; default `received`. */
  readonly by?: AgeBasis;
}

/**
 * Up to when events of each type go by a rule, its `where` aside.
 * @param now the present, in milliseconds since 1970.
 */
export function limitsOf({ keep, olderThan, ages, by }: RetentionRule, now: number, upToId: number): AgeLimits {
  const before = (age: number): number => (age === Infinity ? -Infinity : Math.round((now - age) * 1000));
  const aged = [...(ages ?? [])].map(([type, age]) => [type, before(age)] as const);
  const kept = keep.flatMap(typesMeant).map(type => [type, -Infinity] as const);
  return {
    upToId,
    by: by ?? 'received',
    types: new Map([...aged, ...kept]),
    others: olderThan === undefined ? Infinity : before(olderThan),
  };
}

/** The limits without the ages: true of all events whose type may go at all. */
export function withoutAges({ upToId, by, types, others }: AgeLimits): AgeLimits {
  const any = (limit: number): number => (limit === -Infinity ? limit : Infinity);
  return { upToId, by, types: new Map([...types].map(([type, limit]) => [type, any(limit)])), others: any(others) };
}
