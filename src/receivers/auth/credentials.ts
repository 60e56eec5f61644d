import type { IncomingHttpHeaders } from 'node:http';

/**
 * The secret that a request presents: `Authorization: Bearer TOKEN` (RFC 6750, section 2.1), Basic with the token as
 * password (RFC 7617), or `x-api-key: TOKEN`. Undefined without one.
 */
export function credentials(headers: IncomingHttpHeaders): string | undefined {
  const [, scheme = '', value = ''] = /^(\S+) +(.*)$/.exec(headers.authorization ?? '') ?? [];
  if (scheme.toLowerCase() === 'bearer') return value.trim();
  if (scheme.toLowerCase() === 'basic')
    return Buffer.from(value, 'base64')
      .toString()
      .replace(/^[^:]*:/, '');
  const key = headers['x-api-key'];
  return typeof key === 'string' ? key : undefined;
}
