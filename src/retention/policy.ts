import type { AgeBasis } from '../archive/selection.js';
import { durationText, parseDuration } from '../core/duration.js';
import { TelemetryError } from '../core/errors.js';
import { openForReading, openForWriting } from '../journal/store.js';
import { readStoreSetting, writeStoreSetting } from '../journal/store-settings.js';
import type { RetentionRule } from './rule.js';

/** What a store keeps, and for how long. What it does not name is kept for ever. */
export interface RetentionPolicy {
  /** How old events of a type may become, in milliseconds; `*` stands for all types that are not named. */
  readonly ages: Readonly<Record<string, number>>;
  /** What the store may take on the disk, in bytes. */
  readonly maxSize?: number;
  /** Which time their age is told by. */
  readonly by: AgeBasis;
}

/** The name that stands for all types that have none of their own. */
const ALL_OTHERS = '*';

/**
 * Ages by type, such as `metric=180d,trace=30d,*=90d`.
 * @throws TelemetryError `usage` when the text is not that.
 */
export function parseAges(text: string): Record<string, number> {
  const ages = new Map<string, number>();
  for (const part of text.split(',').map(piece => piece.trim())) {
    const at = part.lastIndexOf('=');
    const type = part.slice(0, Math.max(at, 0)).trim();
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
export function agesText({ ages }: RetentionPolicy): string {
  return Object.entries(ages)
    .map(([type, age]) => `${type}=${durationText(age)}`)
    .join(',');
}

/** The policy as a rule: what it says may go, sizes aside. */
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
 * Sets the policy of the store at `dir`, which is made if there is none; undefined takes it back.
 * @throws TelemetryError `failure`
 */
export function writePolicy(dir: string, policy: RetentionPolicy | undefined): void {
  const db = openForWriting(dir);
  try {
    writeStoreSetting(db, 'retention', policy);
  } finally {
    db.close();
  }
}
