import type { ServerOptions } from '../../src/server/server-options.js';

/** What a server is started with that runs in the process of a test, on a free port. */
export function serverOptions(store: string, more: Partial<ServerOptions> = {}): ServerOptions {
  return {
    store,
    host: '127.0.0.1',
    port: 0,
    durability: 'none',
    maxEventSize: 100_000,
    token: undefined,
    allowAnonymous: false,
    cors: [],
    allowHost: [],
    idleTimeout: 60_000,
    queueSize: 1_000_000,
    version: 'test',
    ...more,
  };
}
