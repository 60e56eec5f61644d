import { readIdentity } from '../../store/database/store-identity.js';
import { openForReading, type StoreDatabase } from '../../store/database/store.js';
import type { RemoteContext } from '../remotes/kind.js';
import type { Remote } from '../remotes/remote.js';
import { remoteFolder } from './remote-folder.js';

/** The context of a connection that forwards. */
export function forwardContext(
  remote: Remote,
  { dir, db, signal }: { readonly dir: string; readonly db: StoreDatabase; readonly signal: AbortSignal },
): RemoteContext {
  return { ...placesOf(remote, dir), store: readIdentity(db), db, signal };
}

/** The context of a reader. @throws TelemetryError `noStore`, `failure`. */
export function readContext(remote: Remote, dir: string, signal: AbortSignal): RemoteContext {
  const db = openForReading(dir);
  try {
    return { ...placesOf(remote, dir), store: readIdentity(db), signal };
  } finally {
    db.close();
  }
}

function placesOf(remote: Remote, dir: string): Pick<RemoteContext, 'remote' | 'dir' | 'folder' | 'extensions'> {
  const extensions = remote.definition.options['duckdb-extensions'];
  return { remote, dir, extensions, folder: remoteFolder(dir, remote.name) };
}
