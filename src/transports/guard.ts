import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';

/** Who may send. */
export interface GuardOptions {
  /** Every sender must know it. */
  readonly token: string | undefined;
  /** Origins of browser pages that may post; `*` is any. */
  readonly cors: readonly string[];
  /** Names in a Host header that are right beside addresses, localhost and this machine's name. */
  readonly allowHost: readonly string[];
}

/** Why a request is not served. */
export interface Refusal {
  readonly status: 401 | 403;
  /** The label that metrics count it by. */
  readonly reason: 'unauthorized' | 'foreign_host' | 'foreign_origin';
  readonly message: string;
}

/** Decides on requests by their headers. */
export interface Guard {
  /** Host and Origin: keeps pages of other sites out, also behind a name that was made to point here (DNS rebinding). */
  checkOrigin(headers: IncomingHttpHeaders): Refusal | undefined;
  checkToken(headers: IncomingHttpHeaders): Refusal | undefined;
  /** The value of Access-Control-Allow-Origin for this request, if any. */
  allowedOrigin(headers: IncomingHttpHeaders): string | undefined;
}

/** Creates the guard of a server. */
export function createGuard({ token, cors, allowHost }: GuardOptions): Guard {
  const names = new Set(['localhost', hostname(), ...allowHost].map(name => name.toLowerCase()));
  const tokenDigest = token === undefined ? undefined : digest(token);

  /** Most requests say the same host as the one before. */
  let lastOwnHost: string | undefined;

  function isOwnHost(host: string): boolean {
    if (host === lastOwnHost) return true;
    const name = hostName(host);
    const isOwn = isIP(name) !== 0 || names.has(name) || name.endsWith('.localhost');
    if (isOwn) lastOwnHost = host;
    return isOwn;
  }

  return {
    checkOrigin(headers) {
      // A name that an attacker owns can be pointed at this address, an address cannot. A token is proof enough.
      if (tokenDigest === undefined && headers.host !== undefined && !isOwnHost(headers.host)) {
        return refuse(
          403,
          'foreign_host',
          `the host "${headers.host}" is not one of this server's; allow it with --allow-host`,
        );
      }
      const { origin } = headers;
      if (origin === undefined || cors.includes('*') || cors.includes(origin)) return undefined;
      if (isSameOrigin(origin, headers.host) && isOwnHost(headers.host!)) return undefined;
      return refuse(403, 'foreign_origin', `pages of ${origin} may not send here; allow them with --cors ${origin}`);
    },
    checkToken(headers) {
      if (tokenDigest === undefined) return undefined;
      const given = credentials(headers);
      if (given !== undefined && timingSafeEqual(digest(given), tokenDigest)) return undefined;
      const what = given === undefined ? 'a token is needed' : 'the token is wrong';
      return refuse(401, 'unauthorized', `${what}: send it as "Authorization: Bearer TOKEN"`);
    },
    allowedOrigin({ origin }) {
      if (origin === undefined) return undefined;
      return cors.includes('*') || cors.includes(origin) ? origin : undefined;
    },
  };
}

function refuse(status: Refusal['status'], reason: Refusal['reason'], message: string): Refusal {
  return { status, reason, message };
}

/** Of equal length whatever the token's, so that comparing takes the same time. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** The name of a Host header, without port and brackets, in lower case. */
function hostName(host: string): string {
  const name = host.startsWith('[') ? host.slice(1, host.indexOf(']')) : host.replace(/:\d*$/, '');
  return name.replace(/\.$/, '').toLowerCase();
}

function isSameOrigin(origin: string, host: string | undefined): boolean {
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}

/** `Authorization: Bearer TOKEN`, Basic with the token as password, or `x-api-key: TOKEN`. */
function credentials(headers: IncomingHttpHeaders): string | undefined {
  const [, scheme = '', value = ''] = /^(\S+) +(.*)$/.exec(headers.authorization ?? '') ?? [];
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() === 'basic')
    return Buffer.from(value, 'base64')
      .toString()
      .replace(/^[^:]*:/, '');
  const key = headers['x-api-key'];
  return typeof key === 'string' ? key : undefined;
}
