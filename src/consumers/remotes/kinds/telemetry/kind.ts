import { createHash } from 'node:crypto';
import { TelemetryError } from '../../../../core/errors.js';
import type { StoreIdentity } from '../../../../store/database/store-identity.js';
import {
  connectTo,
  isCompressed,
  endpointOf,
  TLS_OPTIONS,
  tokenHeaders,
  trustOf,
  type HttpEndpoint,
} from '../../http/http-remote.js';
import type { RemoteContext, RemoteKind } from '../../kind.js';
import type { Remote } from '../../remote.js';
import { askReceiver, TelemetryConnection } from './connection.js';

/** The port that `telemetry serve` listens on by default. */
const DEFAULT_PORT = 4318;

/** Digits of the hash that distinguishes filters. */
const FILTER_HASH_DIGITS = 12;

/** Another telemetry server, which receives the events as a feed. */
export const TELEMETRY_KIND: RemoteKind = {
  protocols: ['telemetry:', 'telemetrys:'],
  once: 'exactly once: the server stores the number of the last event together with the events',
  options: ['compression', ...TLS_OPTIONS],
  batch: 20_000,
  check(remote) {
    endpointOfRemote(remote);
    isCompressed(remote);
    trustOf(remote);
  },
  async connect(context) {
    const { remote, store, signal } = context;
    const endpoint = endpointOfRemote(remote);
    const http = connectTo(remote, endpoint);
    try {
      const parts = { http, endpoint, headers: tokenHeaders(remote), source: sourceOf(remote, store) };
      const receiver = await askReceiver(parts, signal);
      refuseSelf(receiver.identity, context);
      return new TelemetryConnection(context, { ...parts, receiver, isCompressed: isCompressed(remote) });
    } catch (error) {
      http.close();
      throw error;
    }
  },
};

function endpointOfRemote({ url }: Pick<Remote, 'url'>): HttpEndpoint {
  return endpointOf(url, url.protocol === 'telemetrys:', DEFAULT_PORT);
}

/**
 * The name of the feed. Remotes with different filters are different feeds: the position in one does not apply to
 * another.
 */
export function sourceOf({ name, definition: { where, types } }: Remote, { id, epoch }: StoreIdentity): string {
  const parts = ['remote', id, epoch, name.toLowerCase()];
  if (where === undefined && types === undefined) return parts.join(':');
  const filter = JSON.stringify([where ?? null, types?.toSorted() ?? null]);
  return [...parts, createHash('sha256').update(filter).digest('hex').slice(0, FILTER_HASH_DIGITS)].join(':');
}

function refuseSelf(identity: string, { store, remote }: RemoteContext): void {
  if (identity.split(':')[0] !== store.id) return;
  throw new TelemetryError('failure', `the remote ${remote.name} is this store, or a copy of it`, {
    remedy: 'Forward to another store.',
  });
}
