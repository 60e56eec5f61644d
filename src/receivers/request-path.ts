/**
 * The path of a request's target, without its query. The target may be a whole URL (RFC 9112, section 3.2.2), whose
 * user and password are none of it.
 */
export function requestPath(target: string): string {
  const [path = ''] = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').split(/[?#]/, 1);
  return path === '' ? '/' : path;
}
