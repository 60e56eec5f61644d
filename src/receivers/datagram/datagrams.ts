import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { isIPv6, type AddressInfo } from 'node:net';
import { codeOf, messageOf, TelemetryError } from '../../core/errors.js';

/** Requested receive buffer. The operating system caps it. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

/** An address to listen on. Port 0 picks a free port. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** A socket that receives datagrams. */
export interface Datagrams {
  readonly port: number;
  /** The number of datagrams that the operating system dropped because its buffer was full; 0 where unknown. */
  dropped(): number;
  close(): Promise<void>;
}

/**
 * Receives datagrams on an address.
 * @throws TelemetryError `failure` when the address is not available.
 */
export async function listenForDatagrams(
  { host, port }: ListenAddress,
  take: (message: Buffer, peer: string) => void,
): Promise<Datagrams> {
  const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4', recvBufferSize: RECEIVE_BUFFER_BYTES });
  socket.on('message', (message, { address }) => take(message, address));
  try {
    socket.bind(port, host);
    await once(socket, 'listening');
  } catch (error) {
    socket.close();
    throw cannotListen('UDP', { host, port }, error);
  }
  socket.on('error', () => undefined);
  const bound = socket.address().port;
  return {
    port: bound,
    dropped: () => droppedAt(bound),
    close: () => closed(socket),
  };
}

/** The error for an address that is not available. */
export function cannotListen(protocol: string, { host, port }: ListenAddress, cause: unknown): TelemetryError {
  const isTaken = codeOf(cause) === 'EADDRINUSE';
  const where = `${protocol} port ${port} of ${host}`;
  return new TelemetryError(
    'failure',
    isTaken ? `${where} is in use` : `cannot listen on ${where}: ${messageOf(cause)}`,
    {
      remedy: 'Choose another address, such as 127.0.0.1:0 for a free port.',
      cause,
    },
  );
}

/** The actual port of a server. */
export function portOf(address: AddressInfo | string | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function closed(socket: Socket): Promise<void> {
  const end = once(socket, 'close');
  socket.close();
  await end;
}

/** Reads the drops from the last column of the UDP socket tables of Linux (proc(5)). */
function droppedAt(port: number): number {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  let dropped = 0;
  for (const table of ['/proc/net/udp', '/proc/net/udp6']) {
    for (const line of readLines(table)) {
      const columns = line.trim().split(/\s+/);
      if (columns[1]?.endsWith(suffix)) dropped += Number(columns.at(-1)) || 0;
    }
  }
  return dropped;
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'latin1').split('\n');
  } catch (error) {
    // The system is not Linux.
    if (codeOf(error) !== undefined) return [];
    throw error;
  }
}
