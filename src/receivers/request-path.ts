/**
 * The path of a request target, without the query. The target may be an absolute URL (RFC 9112, section 3.2.2), whose
 * user and password are dropped.
 */
export function requestPath(target: string): string {
  const [path = ''] = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').split(/[?#]/, 1);
  return path === '' ? '/' : path;
}
