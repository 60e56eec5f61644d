import type { Detector } from './detectors.js';

/** Rules for data that must not be stored. Paths are column names: keys separated by dots. */
export interface PrivacyRules {
  /** Replaced by a label: findings of detectors anywhere, and the values at paths. */
  readonly redact: readonly string[];
  /** Paths whose values are replaced by a keyed hash. */
  readonly hash: readonly string[];
  /** Paths that are removed. */
  readonly drop: readonly string[];
  /** Types whose events are not stored. */
  readonly denyType: readonly string[];
}

/** The cause of a change, as metrics name it: the detector, or the rule of a path. */
export type Redaction = Detector | 'redact' | 'hash' | 'drop';

/** Counters of the data kept out. Called in hot paths: implementations only add. */
export interface PrivacyCounts {
  redacted(what: Redaction, count: number): void;
  denied(): void;
}

/** True when there is any rule. */
export function hasRules({ redact, hash, drop, denyType }: PrivacyRules): boolean {
  return redact.length + hash.length + drop.length + denyType.length > 0;
}
