import type { Refusal } from './refusal.js';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import type { AccessControl } from './access.js';

/** The pages and hosts that may send. */
export interface GuardOptions {
  /** Origins of browser pages that may post; `*` is any. */
  readonly cors: readonly string[];
  /** Accepted names in a Host header, in addition to addresses, localhost and the name of this machine. */
  readonly allowHost: readonly string[];
}

/** A page of another origin that may send. */
export interface AllowedOrigin {
  readonly origin: string;
  /**
   * True for an origin listed by name, not for `*` or `null`, which many pages share: its requests may carry
   * credentials, as those of `navigator.sendBeacon` always do.
   */
  readonly mayCarryCredentials: boolean;
}

/** Checks requests by their headers. */
export interface Guard extends Pick<AccessControl, 'authorize'> {
  /** Checks Host and Origin: refuses pages of other sites, including those that use DNS rebinding. */
  checkOrigin(headers: IncomingHttpHeaders): Refusal | undefined;
  /** Checks Host, and refuses pages of every other origin, allowed ones too: for what hands out events. */
  checkReader(headers: IncomingHttpHeaders): Refusal | undefined;
  /** The origin of an allowed page on another site; undefined for other requests. */
  allowedOrigin(headers: IncomingHttpHeaders): AllowedOrigin | undefined;
}

/** Creates the guard of a server. */
export function createGuard({ cors, allowHost }: GuardOptions, access: AccessControl): Guard {
  const names = new Set(['localhost', hostname(), ...allowHost].map(name => name.toLowerCase()));

  /** The last accepted host, since most requests repeat it. */
  let lastOwnHost: string | undefined;

  function isOwnHost(host: string): boolean {
    if (host === lastOwnHost) return true;
    const name = hostName(host);
    const isOwn = isIP(name) !== 0 || names.has(name) || name.endsWith('.localhost');
    if (isOwn) lastOwnHost = host;
    return isOwn;
  }

  function isOwnPage({ origin, host }: IncomingHttpHeaders): boolean {
    return isSameOrigin(origin!, host) && isOwnHost(host!);
  }

  /** DNS rebinding needs a name that an attacker controls, never an address. A token protects as well. */
  function checkHost(host: string | undefined): Refusal | undefined {
    if (host === undefined || isOwnHost(host) || access.needsToken()) return undefined;
    const message = `the host "${host}" is not a name of this server; allow it with --allow-host`;
    return refuse(403, 'foreign_host', message);
  }

  return {
    checkOrigin(headers) {
      const refusal = checkHost(headers.host);
      if (refusal) return refusal;
      const { origin } = headers;
      if (origin === undefined || cors.includes('*') || cors.includes(origin) || isOwnPage(headers)) return undefined;
      return refuse(403, 'foreign_origin', `pages of ${origin} may not send here; allow them with --cors ${origin}`);
    },
    checkReader(headers) {
      const refusal = checkHost(headers.host);
      if (refusal) return refusal;
      const { origin } = headers;
      if (origin === undefined || isOwnPage(headers)) return undefined;
      const message = `pages of ${origin} may not read events; --cors lets pages send, not read`;
      return {
        ...refuse(403, 'foreign_origin', message),
        remedy: 'Ask from a program, such as the server of the page.',
      };
    },
    authorize: (headers, scope, address) => access.authorize(headers, scope, address),
    allowedOrigin({ origin }) {
      if (origin === undefined) return undefined;
      const isNamed = cors.includes(origin);
      if (!isNamed && !cors.includes('*')) return undefined;
      return { origin, mayCarryCredentials: isNamed && origin !== 'null' };
    },
  };
}

function refuse(status: 403, reason: Refusal['reason'], message: string): Refusal {
  return { status, reason, message };
}

/** The name of a Host header, without port and brackets, in lower case. */
function hostName(host: string): string {
  const name = host.startsWith('[') ? host.slice(1, host.indexOf(']')) : host.replace(/:\d*$/, '');
  return name.replace(/\.$/, '').toLowerCase();
}

function isSameOrigin(origin: string, host: string | undefined): boolean {
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}

/** The response headers of a refusal. */
export function refusalHeaders({ status, retryAfter }: Refusal): Record<string, string> {
  return {
    // RFC 9110, section 15.5.22.
    ...(status === 426 ? { upgrade: 'TLS/1.2, HTTP/1.1', connection: 'upgrade, close' } : {}),
    ...(status === 401 ? { 'www-authenticate': 'Bearer realm="telemetry"' } : {}),
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
  };
}

/** The refusal of a request with two Host headers (RFC 9112, section 3.2), of which a proxy may have checked the other. */
const TWO_HOSTS: Refusal = { status: 400, reason: 'two_hosts', message: 'the request has more than one Host header' };

/** Refuses two Host headers, of which Node silently keeps the first. */
export function checkHosts({ rawHeaders }: IncomingMessage): Refusal | undefined {
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  return hosts > 1 ? TWO_HOSTS : undefined;
}

/** The refusal of plain HTTP on a server that requires TLS. */
export const PLAIN_HTTP: Refusal = {
  status: 426,
  reason: 'plain_http',
  message: 'this server accepts only TLS: use https:// (or wss://) on the same port',
};
