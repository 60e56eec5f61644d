import { TelemetryError } from '../../../../core/errors.js';
import {
  connectTo,
  isLoopback,
  endpointOf,
  refuseOwnServer,
  TLS_OPTIONS,
  trustOf,
  type HttpEndpoint,
} from '../../http/http-remote.js';
import type { RemoteContext, RemoteKind } from '../../kind.js';
import type { Remote } from '../../remote.js';
import { IntakeConnection } from './connection.js';

const HTTPS_PORT = 443;
const HTTP_PORT = 80;

/** An intake of activity events: events with `event_id`, `event_time`, `event_type` and `event_name`. */
export const INTAKE_KIND: RemoteKind = {
  protocols: ['intake+https:', 'intake+http:'],
  once: 'at least once: an event sent again has the same event_id',
  options: [...TLS_OPTIONS],
  batch: 5000,
  // As in clients of the intake.
  minBatch: 50,
  maxDelayMs: 1000,
  check(remote) {
    endpointOfRemote(remote);
    trustOf(remote);
  },
  connect: context => new Promise(resolve => resolve(open(context))),
};

function open({ remote, dir }: RemoteContext): IntakeConnection {
  const endpoint = endpointOfRemote(remote);
  refuseOwnServer(dir, endpoint, remote.name);
  return new IntakeConnection({ http: connectTo(remote, endpoint), endpoint, headers: basicHeaders(remote) });
}

function endpointOfRemote({ url }: Pick<Remote, 'url'>): HttpEndpoint {
  const isSecure = url.protocol === 'intake+https:';
  if (!isSecure && !isLoopback(url.hostname)) {
    throw new TelemetryError('usage', `intake+http:// sends a password to ${url.hostname} in plain text`, {
      remedy: 'Use intake+https://; without TLS only this machine can be named.',
    });
  }
  const { origin } = endpointOf(url, isSecure, isSecure ? HTTPS_PORT : HTTP_PORT);
  return { origin, path: url.pathname === '' ? '/' : url.pathname };
}

/** Basic authentication with the user and password of the URL (RFC 7617). */
function basicHeaders({ url, headers }: Remote): Record<string, string> {
  if (url.username === '' && url.password === '') return { ...headers };
  const [user, password] = [url.username, url.password].map(decodeURIComponent);
  const credentials = Buffer.from(`${user}:${password}`).toString('base64');
  return { authorization: `Basic ${credentials}`, ...headers };
}
