import { once } from 'node:events';
import WebSocket from 'ws';

/** A WebSocket sender and what it was told. */
export interface AckedSocket {
  readonly socket: WebSocket;
  /** Text frames received, in order. */
  readonly acks: string[];
  send(message: string | Uint8Array): void;
  /** Resolves at the ack of so many events or more; rejects when the connection closes before. */
  acked(count: number): Promise<void>;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

/** Dials the server, whose URL is that of HTTP. */
export async function dial(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  path = '/',
): Promise<AckedSocket> {
  const socket = new WebSocket(url.replace('http', 'ws') + path, { headers: { ...headers } });
  const acks: string[] = [];
  socket.on('message', data => acks.push((data as Buffer).toString()));
  const closed = new Promise<{ code: number; reason: string }>(resolve => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  await once(socket, 'open');
  socket.on('error', () => undefined);
  return {
    socket,
    acks,
    closed,
    send: message => socket.send(message),
    async acked(count) {
      while (Number(acks.at(-1) ?? -1) < count) {
        const next = once(socket, 'message').then(() => undefined);
        const end = await Promise.race([next, closed]);
        if (end) throw new Error(`closed with ${end.code} after acks ${acks.join(' ')}`);
      }
    },
  };
}
