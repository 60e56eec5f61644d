import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { dirname, resolve } from 'node:path';
import type { QueryPool } from './pool.js';
import { createSocketDirectory, querySocketPaths, type SocketName } from './socket-path.js';

/** The local socket on which a server takes questions. */
export interface QueryListener {
  /** Its path. */
  readonly path: string;
  close(): void;
}

/**
 * Listens for local questions, for this user alone; undefined where no socket can be created: commands then open the
 * store themselves. The caller holds the lock of the store, so that a socket that is there is left from a crash.
 */
export async function listenForQueries(
  store: string,
  name: SocketName,
  env: Readonly<Record<string, string | undefined>>,
  pool: QueryPool,
): Promise<QueryListener | undefined> {
  for (const path of querySocketPaths(store, name, env)) {
    try {
      if (process.platform !== 'win32' && dirname(path) !== resolve(store)) createSocketDirectory(dirname(path));
      const server = await listenAt(path, pool);
      // Closing it removes the socket.
      return { path, close: () => void server.close() };
    } catch {
      // The next place, or none: queries work without it.
    }
  }
  return undefined;
}

async function listenAt(path: string, pool: QueryPool): Promise<Server> {
  rmSync(path, { force: true });
  // Paused, so that no byte of a question is read before its process has the socket.
  const server = createServer({ pauseOnConnect: true }, client => {
    client.on('error', () => undefined);
    pool.take(client);
  });
  // The socket must never be open to others, not even between two calls.
  const umask = process.umask(0o177);
  try {
    server.listen(path);
  } finally {
    process.umask(umask);
  }
  await new Promise((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', reject);
  });
  chmodSync(path, 0o600);
  return server;
}
