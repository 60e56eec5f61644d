import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { pause } from '../../../core/sleep.js';

/** Time for data in transit to reach the server on close, in milliseconds. */
const DRAIN_MS = 1000;

/** A local TCP proxy, whose address exists before the server does and outlives a change of servers. */
export interface LocalProxy {
  readonly url: string;
  /** Waits for open connections, at most {@link DRAIN_MS}, and closes. */
  close(): Promise<void>;
}

/** The server behind the proxy. {@link Receiver} implements it. */
export interface ProxyTarget {
  url(): string;
  /** Finds the current server, or starts one. */
  recover(): Promise<void>;
}

/**
 * Listens on a free port of loopback and forwards each connection.
 * @param target returns the server for a connection and may start it. Rejects without one.
 */
export async function openLocalProxy(target: () => Promise<ProxyTarget>): Promise<LocalProxy> {
  const open = new Set<Socket>();
  const listener = createServer({ allowHalfOpen: true, pauseOnConnect: true }, socket => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    socket.on('error', () => undefined);
    forward(socket, target).catch(() => socket.destroy());
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    async close() {
      const closed = new Promise(resolve => listener.close(resolve));
      if (open.size > 0) await Promise.race([closed, pause(DRAIN_MS)]);
      for (const socket of open) socket.destroy();
    },
  };
}

async function forward(socket: Socket, target: () => Promise<ProxyTarget>): Promise<void> {
  const server = await target();
  const upstream = await connectTo(server).catch(async () => {
    await server.recover();
    return connectTo(server);
  });
  upstream.on('error', () => socket.destroy());
  upstream.once('close', () => socket.destroy());
  socket.once('close', () => upstream.destroy());
  socket.pipe(upstream);
  upstream.pipe(socket);
}

async function connectTo(server: ProxyTarget): Promise<Socket> {
  const { hostname, port } = new URL(server.url());
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  await once(socket, 'connect');
  return socket;
}
