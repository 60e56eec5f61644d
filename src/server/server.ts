import type { RunningServer, ServerOptions } from './server-options.js';
import { readServerFile, type ServerFile } from '../client/server-file.js';
import { TelemetryError } from '../core/errors.js';

import { acquireStore, type StoreLease } from './acquire-store.js';

import { checkListenAddress, checkSourceAddresses } from './listen-policy.js';

/**
 * Starts a server: acquires the store, then connects the components ({@link wireServer}).
 * @param lease of the store, when this process has acquired it already. Released when the server stops or fails to start.
 * @throws TelemetryError `usage` for a non-loopback address without a token; `failure` when another process uses the
 * store, the store cannot be used, or the port is not available.
 */
export async function startServer(options: ServerOptions, lease?: StoreLease): Promise<RunningServer> {
  const { store, durability } = options;
  const asksForCertificates = options.tls?.clientCa !== undefined;
  let acquired = lease;
  try {
    for (const { host } of [options, options.otlpGrpc ?? options]) {
      checkListenAddress({ ...options, host, asksForCertificates });
    }
    checkSourceAddresses(options);
    acquired ??= acquireStore(store, durability);
    if (!acquired) throw storeInUse(store);
    // Loads while the thread starts.
    const { wireServer } = await import('./wire-server.js');
    return await wireServer(options, acquired);
  } catch (error) {
    await acquired?.release();
    throw error;
  }
}

/** The cause of the error that another process uses the store. It may release the store later. */
export const STORE_IN_USE = 'STORE_IN_USE';

function storeInUse(store: string): TelemetryError {
  const { user, remedy } = userOf(readServerFile(store));
  return new TelemetryError('failure', `the store ${store} is already open in ${user}`, {
    remedy: `${remedy}, or choose another store with --store DIR.`,
    cause: STORE_IN_USE,
  });
}

/** The process that uses a store, in words, and what to do about it. */
function userOf(server: ServerFile | undefined): { readonly user: string; readonly remedy: string } {
  if (!server) return { user: 'another process', remedy: 'Try again in a moment' };
  const { pid, url, isTemporary, command } = server;
  if (command === 'ingest') {
    return { user: `process ${pid}, an import (telemetry ingest)`, remedy: 'Wait until the import has ended' };
  }
  if (isTemporary === true) {
    const name = command === undefined ? 'a telemetry command' : `telemetry ${command}`;
    return { user: `process ${pid}, ${name}`, remedy: 'Wait until that command has ended, or end it' };
  }
  return { user: `process ${pid}, listening on ${url}`, remedy: 'Send to that server, stop it first' };
}
