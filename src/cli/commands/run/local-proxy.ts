import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { pause } from '../../../core/sleep.js';

/** How long what the command sent last may take to get through. */
const LAST_WORDS_MS = 1000;

/** An address that is there before its server, and stays when the server changes. */
export interface FrontDoor {
  readonly url: string;
  /** Waits for those inside to be done, and closes. */
  close(): Promise<void>;
}

/** The server behind the door, as {@link Receiver} is. */
export interface Inside {
  url(): string;
  /** Finds the server that took over, or becomes it. */
  recover(): Promise<void>;
}

/**
 * Listens on a free port of this machine, and passes each connection on.
 * @param inside asked at each connection for the server, which may only come up then; rejects when there will be none.
 */
export async function openFrontDoor(inside: () => Promise<Inside>): Promise<FrontDoor> {
  const open = new Set<Socket>();
  const listener = createServer({ allowHalfOpen: true, pauseOnConnect: true }, socket => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    socket.on('error', () => undefined);
    passOn(socket, inside).catch(() => socket.destroy());
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    async close() {
      const closed = new Promise(resolve => listener.close(resolve));
      if (open.size > 0) await Promise.race([closed, pause(LAST_WORDS_MS)]);
      for (const socket of open) socket.destroy();
    },
  };
}

async function passOn(socket: Socket, inside: () => Promise<Inside>): Promise<void> {
  const server = await inside();
  const further = await reach(server).catch(async () => {
    await server.recover();
    return reach(server);
  });
  further.on('error', () => socket.destroy());
  further.once('close', () => socket.destroy());
  socket.once('close', () => further.destroy());
  socket.pipe(further);
  further.pipe(socket);
}

async function reach(server: Inside): Promise<Socket> {
  const { hostname, port } = new URL(server.url());
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  await once(socket, 'connect');
  return socket;
}
