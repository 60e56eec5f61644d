import type { OnInvalid } from '../store/catalog/schemas.js';

/** Events of one schema that it found wrong, and what became of them. */
export interface SchemaViolations {
  readonly schema: string;
  readonly onInvalid: OnInvalid;
  readonly count: number;
}

export type Total =
  'duplicates' | 'denied' | 'bytes' | 'sealed' | 'compactions' | 'removed' | 'freed' | 'failedCommits';
/** What is counted, by what it is told apart by. */
export interface Counted {
  readonly stored: ReadonlyMap<string, number>;
  readonly refused: ReadonlyMap<string, number>;
  readonly lost: ReadonlyMap<string, number>;
  readonly scrapes: ReadonlyMap<string, number>;
  readonly malformed: ReadonlyMap<string, number>;
  readonly redacted: ReadonlyMap<string, number>;
  readonly violations: ReadonlyMap<string, SchemaViolations>;
  readonly dropped: () => ReadonlyMap<string, number>;
  readonly totals: Readonly<Record<Total, number>>;
}
