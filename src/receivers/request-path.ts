/**
 * The path of a request target, without the query. The target may be an absolute URL (RFC 9112, section 3.2.2), whose
 * user and password are dropped.
 */
export function requestPath(target: string): string {
  const local = target.startsWith('/') ? target : target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '');
  const end = local.search(/[?#]/);
  const path = end < 0 ? local : local.slice(0, end);
  return path === '' ? '/' : path;
}
