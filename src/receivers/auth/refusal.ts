/** Why a request is not served. */
export interface Refusal {
  readonly status: 400 | 401 | 403 | 426 | 429 | 503;
  /** The label that metrics count it by. */
  readonly reason:
    | 'unauthorized'
    | 'scope'
    | 'too_many_failures'
    | 'rate_limited'
    | 'plain_http'
    | 'two_hosts'
    | 'foreign_host'
    | 'foreign_origin'
    | 'journal_failure';
  readonly message: string;
  /** When to try again, in seconds. */
  readonly retryAfter?: number;
  /** How long the reply has to be held back, in milliseconds, to slow down who guesses. */
  readonly delayMs?: number;
}
