/** The rules as SQL over `source`, each true for the events that may go. */
export interface RuleSql {
  readonly source: string;
  readonly notKept: string;
  readonly matching: string;
  readonly oldEnough: string;
}
