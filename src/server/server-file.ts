import { chmodSync, renameSync, writeFileSync } from 'node:fs';
import { serverFile, type ServerFile } from '../client/server-file.js';

/** Tells the other commands where the server is. Written beside and renamed: they never read half of it. */
export function writeServerFile(store: string, server: ServerFile): void {
  const file = serverFile(store);
  const beside = `${file}.${server.pid}`;
  writeFileSync(beside, `${JSON.stringify(server)}\n`, { mode: 0o600 });
  chmodSync(beside, 0o600);
  renameSync(beside, file);
}
