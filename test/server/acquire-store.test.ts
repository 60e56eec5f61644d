import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { databaseFile } from '../../src/store/database/store.js';
import { acquireStore } from '../../src/server/acquire-store.js';
import { startServer } from '../../src/server/server.js';
import { type ServerOptions } from '../../src/server/server-options.js';
import { serverOptions } from '../helpers/server-options.js';
import { temporaryStore } from '../helpers/store.js';

async function takenPort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void listener.close());
  await once(listener, 'listening');
  return (listener.address() as AddressInfo).port;
}

interface Refused {
  readonly what: string;
  readonly but: (store: string) => Partial<ServerOptions> | Promise<Partial<ServerOptions>>;
}

const REFUSED: readonly Refused[] = [
  { what: 'an address that is open to other machines', but: () => ({ host: '0.0.0.0' }) },
  { what: 'a port that is taken', but: async () => ({ port: await takenPort() }) },
  {
    what: 'a certificate that is none',
    but: () => ({ tls: { cert: '/dev/null', key: '/dev/null', clientCa: undefined, isRequired: false } }),
  },
  {
    what: 'a store that is no database',
    but(store) {
      writeFileSync(databaseFile(store), 'not a database'.repeat(100));
      return {};
    },
  },
];

test.each(REFUSED)(
  'given $what, when a server does not start with a store that is held, then it is let go of',
  async ({ but }) => {
    const store = temporaryStore();
    const options = { ...serverOptions(store), ...(await but(store)) };
    const held = acquireStore(store, 'none')!;
    expect(acquireStore(store, 'none')).toBeUndefined();

    await expect(startServer(options, held)).rejects.toThrow();

    const again = acquireStore(store, 'none');
    expect(again).toBeDefined();
    await again?.release();
  },
);
