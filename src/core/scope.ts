/** What a token may open: `ingest` every way in for events, `query` what reads, `admin` everything. */
export const SCOPES = ['ingest', 'query', 'admin'] as const;

/** One of {@link SCOPES}. */
export type Scope = (typeof SCOPES)[number];

/** Whether scopes that were granted open what needs `needed`. */
export function opens(granted: readonly Scope[], needed: Scope): boolean {
  return granted.includes(needed) || granted.includes('admin');
}
