import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { codeOf, messageOf, TelemetryError } from '../core/errors.js';
import type { ListenAddress } from '../receivers/datagram/datagrams.js';

/** Lets the server listen. @throws TelemetryError `failure` when the address cannot be had */
export async function listen(listener: Server, { host, port }: ListenAddress): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(port, host, () => {
      listener.removeListener('error', reject);
      resolve();
    });
  }).catch((error: unknown) => {
    const isTaken = codeOf(error) === 'EADDRINUSE';
    throw new TelemetryError(
      'failure',
      isTaken ? `port ${port} of ${host} is in use` : `cannot listen on ${host}, port ${port}: ${messageOf(error)}`,
      { remedy: 'Name another with --port, or let the system choose with --port 0.', cause: error },
    );
  });
}

/** Where a server that listens is. @param host as it was asked for */
export function urlOf(listener: Server, host: string, scheme: string): string {
  const { port } = listener.address() as AddressInfo;
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
