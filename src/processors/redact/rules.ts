import type { Detector } from './detectors.js';

/** What is kept out of a store. Paths are names of columns: keys with dots between. */
export interface PrivacyRules {
  /** Replaced by a label: what detectors find anywhere, and the values at paths. */
  readonly redact: readonly string[];
  /** Paths whose values are replaced by a keyed hash. */
  readonly hash: readonly string[];
  /** Paths that are left out. */
  readonly drop: readonly string[];
  /** Types whose events are not stored. */
  readonly denyType: readonly string[];
}

/** What was done, as metrics name it: the detector, or the rule of a path. */
export type Redaction = Detector | 'redact' | 'hash' | 'drop';

/** Told each time that something was kept out. Called in hot paths: implementations only add. */
export interface PrivacyCounts {
  redacted(what: Redaction, count: number): void;
  denied(): void;
}

/** Whether there is any rule. */
export function hasRules({ redact, hash, drop, denyType }: PrivacyRules): boolean {
  return redact.length + hash.length + drop.length + denyType.length > 0;
}
