import { setPriority } from 'node:os';

/**
 * Prepares this process for work behind the receiver: it ends with its parent, and when the parent sends a message.
 * @param niceness above the receiver's, which is 0
 * @returns a signal that aborts when the process has to end
 */
export function backgroundSignal(niceness: number): AbortSignal {
  const aborter = new AbortController();
  process.on('disconnect', () => aborter.abort());
  process.on('message', () => aborter.abort());
  if (!process.connected) aborter.abort();
  // Ctrl-C reaches all processes of a terminal, but the server decides when this one stops.
  process.on('SIGINT', () => undefined);
  setPriority(niceness);
  return aborter.signal;
}
