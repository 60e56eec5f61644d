/** Permissions of a token: `ingest` covers every way to send events, `query` reading /metrics, `read` reading
 * events, `admin` everything. */
export const SCOPES = ['ingest', 'query', 'read', 'admin'] as const;

/** One of {@link SCOPES}. */
export type Scope = (typeof SCOPES)[number];

/** True when granted scopes permit what requires `needed`. */
export function opens(granted: readonly Scope[], needed: Scope): boolean {
  return granted.includes(needed) || granted.includes('admin');
}
