import { chmodSync, renameSync, writeFileSync } from 'node:fs';
import { serverFile, type ServerFile } from '../client/server-file.js';
import { isDiskFull } from '../core/trouble.js';
import { withReserve } from '../store/database/reserve.js';

/**
 * Writes server.json, by which other commands find the server. Renames a temporary file, so that readers never see a
 * part. On a full disk the reserve makes room, so that a server starts there, answers and waits for space.
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
