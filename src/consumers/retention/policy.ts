import type { AgeBasis } from '../../store/archive/selection.js';
import { durationText, parseDuration } from '../../core/duration.js';
import { TelemetryError } from '../../core/errors.js';
import { listItem, nameOf, splitList } from '../../core/name-list.js';
import { typeItem, typeNamed } from '../../core/type-words.js';
import { isDiskFull } from '../../core/trouble.js';
import { withReserve } from '../../store/database/reserve.js';
import { openForReading, openForWriting } from '../../store/database/store.js';
import { readStoreSetting, writeStoreSetting } from '../../store/database/settings.js';
import type { RetentionRule } from './rule.js';

/** The retention policy of a store. Types without a rule are kept without a limit. */
export interface RetentionPolicy {
  /** Maximum age of the events of each type, in milliseconds; `*` is for all other types. */
  readonly ages: Readonly<Record<string, number>>;
  /** Cubes by type that are refreshed before events of the type are removed. */
  readonly rollups?: Readonly<Record<string, string>>;
  /** Maximum disk use of the store, in bytes. */
  readonly maxSize?: number;
  /** The time that ages are measured from. */
  readonly by: AgeBasis;
}

/**
 * Named sets of ages for {@link parseAges}. `classic`: the defaults of the classic telemetry schema, which keeps system
 * and business metrics for the same time.
 */
const NAMED_AGES: Readonly<Record<string, string>> = { classic: 'metric=180d,trace=30d,*=90d' };

/** The name for all types without an age. */
const ALL_OTHERS = '*';

/** Ages by type, and cubes by type. */
export type AgesAndRollups = Required<Pick<RetentionPolicy, 'ages' | 'rollups'>>;

/** The mark between an age and a cube. */
const ROLLUP = '->';

/**
 * Parses ages by type, with the cubes to refresh before removal: `metric=180d,log=14d->hourly,*=90d`.
 * @returns ages in milliseconds.
 * @throws TelemetryError `usage`.
 */
export function parsePolicy(text: string): AgesAndRollups {
  const rollups = new Map<string, string>();
  const parts = splitList(text).map(part => {
    const at = part.lastIndexOf('=');
    const mark = part.indexOf(ROLLUP, at);
    if (at < 0 || mark < 0) return part;
    const cube = nameOf(part.slice(mark + ROLLUP.length));
    if (cube === '') throw unfit(`"${part}" names no cube`);
    rollups.set(typeNamed(part.slice(0, at)), cube);
    return part.slice(0, mark).trim();
  });
  return { ages: parseAges(parts.join(',')), rollups: Object.fromEntries(rollups) };
}

/**
 * Parses ages by type, such as `metric=180d,trace=30d,*=90d`, or a name of {@link NAMED_AGES}, which other ages may
 * follow.
 * @returns ages in milliseconds.
 * @throws TelemetryError `usage`.
 */
export function parseAges(text: string): Record<string, number> {
  const [first = '', ...others] = splitList(text);
  const named = NAMED_AGES[first.trim()];
  if (named !== undefined) return { ...parseAges(named), ...(others.length > 0 && parseAges(others.join(','))) };
  const ages = new Map<string, number>();
  for (const part of splitList(text)) {
    const at = part.lastIndexOf('=');
    const type = typeNamed(part.slice(0, Math.max(at, 0)));
    if (type === '') throw unfit(`"${part}" is not TYPE=AGE`);
    if (ages.has(type)) throw unfit(`"${type}" has two ages`);
    const age = parseDuration(part.slice(at + 1).trim());
    if (age === 0) throw unfit(`"${part}" would keep nothing`);
    ages.set(type, age);
  }
  return Object.fromEntries(ages);
}

function unfit(message: string): TelemetryError {
  return new TelemetryError('usage', message, {
    remedy: `Write it like metric=180d,trace=30d,log=14d,*=90d; * is every other type.`,
  });
}

/** The ages as {@link parseAges} reads them. */
export function agesText({ ages, rollups = {} }: RetentionPolicy): string {
  return Object.entries(ages)
    .map(([type, age]) => {
      const cube = Object.hasOwn(rollups, type) ? `${ROLLUP}${listItem(rollups[type]!)}` : '';
      return `${typeItem(type)}=${durationText(age)}${cube}`;
    })
    .join(',');
}

/** The age limits of a policy as a rule; the maximum size is not part of it. */
export function ruleOf({ ages, by }: RetentionPolicy): RetentionRule {
  const types = Object.entries(ages).filter(([type]) => type !== ALL_OTHERS);
  return { keep: [], olderThan: ages[ALL_OTHERS] ?? Infinity, ages: new Map(types), by };
}

/**
 * The policy of the store at `dir`; undefined when it keeps everything.
 * @throws TelemetryError `noStore` or `failure`
 */
export function readPolicy(dir: string): RetentionPolicy | undefined {
  const db = openForReading(dir);
  try {
    return readStoreSetting(db, 'retention') as RetentionPolicy | undefined;
  } finally {
    db.close();
  }
}

/**
 * Sets the policy of the store at `dir`, which is created if it does not exist; undefined removes the policy.
 * @throws TelemetryError `failure`
 */
export function writePolicy(dir: string, policy: RetentionPolicy | undefined): void {
  changePolicy(dir, () => policy);
}

/** A policy before and after a change; undefined where every event is kept. */
export interface PolicyChange {
  readonly before: RetentionPolicy | undefined;
  readonly after: RetentionPolicy | undefined;
}

/**
 * Changes the policy of the store at `dir`, which is created if it does not exist, in one transaction: of two
 * concurrent commands, neither overwrites the change of the other.
 * @throws TelemetryError `failure`, or the error of `change`; the policy is then unchanged.
 */
export function changePolicy(
  dir: string,
  change: (before: RetentionPolicy | undefined) => RetentionPolicy | undefined,
): PolicyChange {
  const db = openForWriting(dir);
  try {
    const inTransaction = db.transaction((): PolicyChange => {
      const before = readStoreSetting(db, 'retention') as RetentionPolicy | undefined;
      const after = change(before);
      writeStoreSetting(db, 'retention', after);
      return { before, after };
    });
    return withReserve(dir, isDiskFull, () => inTransaction.immediate());
  } finally {
    db.close();
  }
}

/** A change of a policy by a command. Omitted parts stay unchanged. */
export interface PolicyEdit {
  readonly ages: Readonly<Record<string, number>>;
  /** Cubes of the types in `ages`. A type in `ages` without a cube loses its previous one. */
  readonly rollups?: Readonly<Record<string, string>>;
  /** In bytes; null removes the limit. */
  readonly maxSize: number | null | undefined;
  readonly by: AgeBasis | undefined;
}

/** The policy with the edit merged into it. */
export function mergePolicy(
  before: RetentionPolicy | undefined,
  { ages, rollups = {}, maxSize, by }: PolicyEdit,
): RetentionPolicy {
  const size = maxSize === undefined ? before?.maxSize : (maxSize ?? undefined);
  const others = Object.entries(before?.rollups ?? {}).filter(([type]) => !Object.hasOwn(ages, type));
  const cubes = { ...Object.fromEntries(others), ...rollups };
  return {
    ages: { ...before?.ages, ...ages },
    ...(Object.keys(cubes).length > 0 && { rollups: cubes }),
    by: by ?? before?.by ?? 'received',
    ...(size !== undefined && { maxSize: size }),
  };
}

/**
 * The policy without the ages of `types`; undefined when no rule is left.
 * @throws TelemetryError `usage` for a type without an age.
 */
export function withoutAges(
  before: RetentionPolicy | undefined,
  types: readonly string[],
): RetentionPolicy | undefined {
  const unknown = types.find(type => !Object.hasOwn(before?.ages ?? {}, type));
  if (unknown !== undefined || !before) {
    throw new TelemetryError('usage', `the retention policy has no age for "${unknown ?? types.join()}"`, {
      remedy: '`telemetry retention show` prints the policy.',
    });
  }
  const without = <T>(of: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(of).filter(([type]) => !types.includes(type)));
  const ages = without(before.ages);
  if (Object.keys(ages).length === 0 && before.maxSize === undefined) return undefined;
  return { ...before, ages, ...(before.rollups && { rollups: without(before.rollups) }) };
}
