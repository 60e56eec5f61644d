import { WebSocket } from 'ws';
import { messageOf, TelemetryError } from '../core/errors.js';

/**
 * Sends messages over one WebSocket, each an event, ends with the empty message, and returns the server's last count of
 * events on disk.
 * @throws TelemetryError `failure` when the connection fails or the server acknowledges nothing.
 */
export async function sendMessages(url: string, messages: readonly string[]): Promise<number> {
  const socket = new WebSocket(url);
  let acknowledged: number | undefined;
  socket.on('message', (data: Buffer) => (acknowledged = Number(data.toString())));
  socket.on('open', () => {
    for (const message of messages) socket.send(message);
    socket.send(Buffer.alloc(0));
  });
  await new Promise<void>((resolve, reject) => {
    socket.on('error', error => {
      reject(new TelemetryError('failure', `cannot send to ${url}: ${messageOf(error)}`, { cause: error }));
    });
    socket.on('close', () => resolve());
  });
  if (acknowledged === undefined) throw new TelemetryError('failure', `${url} acknowledged nothing`);
  return acknowledged;
}
