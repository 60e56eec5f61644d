import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { codeOf, messageOf, TelemetryError } from '../core/errors.js';
import type { ListenAddress } from '../receivers/datagram/datagrams.js';

/** Starts listening. @throws TelemetryError `failure` when the address is not available */
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
      { remedy: 'Choose another port with --port, or any free one with --port 0.', cause: error },
    );
  });
}

/** The URL of a listening server. @param host as configured */
export function urlOf(listener: Server, host: string, scheme: string): string {
  const { port } = listener.address() as AddressInfo;
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
