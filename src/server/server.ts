import type { RunningServer, ServerOptions } from './server-options.js';
import { readServerFile } from '../client/server-file.js';
import { TelemetryError } from '../core/errors.js';

import { holdStore, type HeldStore } from './acquire-store.js';

import { refuseOpenDoors, refuseOpenSources } from './listen-policy.js';

/**
 * Starts the receiver: lock and writer, then all that {@link wireServer} connects to them.
 * @param held the store, when this process holds it already; it is let go when the server stops or does not start.
 * @throws TelemetryError `usage` for an open address without a token; `failure` when another server holds the store,
 * the store cannot be used, or the port cannot be had.
 */
export async function startServer(options: ServerOptions, held?: HeldStore): Promise<RunningServer> {
  const { store, durability } = options;
  const asksForCertificates = options.tls?.clientCa !== undefined;
  let own = held;
  try {
    for (const { host } of [options, options.otlpGrpc ?? options]) {
      refuseOpenDoors({ ...options, host, asksForCertificates });
    }
    refuseOpenSources(options);
    own ??= holdStore(store, durability);
    if (!own) throw heldByAnother(store);
    // The thread starts while this is loaded.
    const { wireServer } = await import('./wire-server.js');
    return await wireServer(options, own);
  } catch (error) {
    await own?.abandon();
    throw error;
  }
}

/** The cause of the error that another process holds the store, which it may let go of. */
export const HELD_BY_ANOTHER = 'HELD_BY_ANOTHER';

function heldByAnother(store: string): TelemetryError {
  const holder = readServerFile(store);
  const who = holder ? `process ${holder.pid}, which listens on ${holder.url}` : 'another process';
  return new TelemetryError('failure', `the store ${store} is held by ${who}`, {
    remedy: 'Send to that server, stop it first, or name another store with --store DIR.',
    cause: HELD_BY_ANOTHER,
  });
}
