/** The refusal of a request. */
export interface Refusal {
  readonly status: 400 | 401 | 403 | 426 | 429 | 503;
  /** The label of the refusal metric. */
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
  /** The remedy for the client, in whole sentences. */
  readonly remedy?: string;
  /** Retry-After, in seconds. */
  readonly retryAfter?: number;
  /** Delay of the reply, in milliseconds, to slow down guessing. */
  readonly delayMs?: number;
}
