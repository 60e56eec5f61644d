import { join } from 'node:path';
import { TelemetryError } from '../../../../core/errors.js';
import type { RemoteContext, RemoteKind } from '../../kind.js';
import { locationOf } from './location.js';
import { ManifestRegister } from './manifest-register.js';
import { ObjectsConnection } from './objects-connection.js';
import { openStorage } from './open-storage.js';
import { PendingObjects } from './pending-objects.js';

/** Parquet objects in a bucket or a folder. */
export const objectsKind: RemoteKind = {
  protocols: ['s3:', 'file:'],
  once: 'exactly once: an object counts when the manifest names it, and the manifest says up to which event a store has sent',
  options: ['endpoint', 'region', 'duckdb-extensions'],
  batch: 500_000,
  minBatch: 50_000,
  maxDelayMs: 60_000,
  check(remote) {
    locationOf(remote);
  },
  async connect(context) {
    const location = locationOf(context.remote);
    if ('folder' in location) refuseStore(location.folder, context);
    const { remote, store, db } = context;
    const storage = await openStorage(location);
    try {
      const pending = new PendingObjects(db!, remote.name);
      const folder = join(context.folder, 'merge');
      const register = await ManifestRegister.open({ storage, pending, store, remote: remote.name, folder });
      return new ObjectsConnection(storage, register, context);
    } catch (error) {
      storage.close();
      throw error;
    }
  },
  async read(context) {
    const { ObjectsReader } = await import('./objects-reader.js');
    return ObjectsReader.open(locationOf(context.remote), context);
  },
};

function refuseStore(folder: string, { dir, remote }: RemoteContext): void {
  if (folder !== dir && !folder.startsWith(`${dir}/`)) return;
  throw new TelemetryError('failure', `the remote ${remote.name} is a folder of the store: ${folder}`, {
    remedy: 'Name a folder outside of the store.',
  });
}
