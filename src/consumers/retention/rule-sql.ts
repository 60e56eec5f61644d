/** The rules as SQL conditions over `source`, each true for the events that may be removed. */
export interface RuleSql {
  readonly source: string;
  readonly notKept: string;
  readonly matching: string;
  readonly oldEnough: string;
}
