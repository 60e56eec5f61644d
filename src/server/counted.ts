import type { RemoteState } from '../store/catalog/remote-state.js';
import type { OnInvalid } from '../store/catalog/schemas.js';

/** The number of events that violated a schema, and how they were handled. */
export interface SchemaViolations {
  readonly schema: string;
  readonly onInvalid: OnInvalid;
  readonly count: number;
}

/** The counters without a label. */
export type Total =
  'duplicates' | 'denied' | 'bytes' | 'sealed' | 'compactions' | 'removed' | 'freed' | 'failedCommits';

/** The counters of a server. The keys of the maps are label values. */
export interface Counted {
  readonly stored: ReadonlyMap<string, number>;
  readonly refused: ReadonlyMap<string, number>;
  readonly lost: ReadonlyMap<string, number>;
  readonly scrapes: ReadonlyMap<string, number>;
  readonly malformed: ReadonlyMap<string, number>;
  readonly redacted: ReadonlyMap<string, number>;
  readonly violations: ReadonlyMap<string, SchemaViolations>;
  readonly dropped: () => ReadonlyMap<string, number>;
  /** Evaluations of alert rules by outcome. */
  readonly evaluations: ReadonlyMap<string, number>;
  /** Notifications of alerts by outcome. */
  readonly notifications: ReadonlyMap<string, number>;
  /** Open alerts by state. */
  readonly alerts: () => ReadonlyMap<string, number>;
  /** The remotes of the store. */
  readonly remotes: () => readonly RemoteState[];
  readonly totals: Readonly<Record<Total, number>>;
}
