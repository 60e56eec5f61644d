import { chmodSync, renameSync, writeFileSync } from 'node:fs';
import { serverFile, type ServerFile } from '../client/server-file.js';
import { isDiskFull } from '../core/trouble.js';
import { withReserve } from '../store/database/reserve.js';

/**
 * Tells the other commands where the server is. Written to a temporary file and renamed: they never read half of it. On
 * a full disk the reserve makes room, so that a server starts there, answers and waits for space.
 */
export function writeServerFile(store: string, server: ServerFile): void {
  const file = serverFile(store);
  const tempFile = `${file}.${server.pid}`;
  withReserve(store, isDiskFull, () => {
    writeFileSync(tempFile, `${JSON.stringify(server)}\n`, { mode: 0o600 });
    chmodSync(tempFile, 0o600);
    renameSync(tempFile, file);
  });
}
