import type { RemoteKind } from '../../kind.js';
import { ObjectsConnection } from '../objects/objects-connection.js';
import { openStorage } from '../objects/open-storage.js';
import { Lake } from './lake.js';
import { lakeOf } from './lake-location.js';
import { LakeRegister } from './lake-register.js';

/** A table of a DuckLake. */
export const ducklakeKind: RemoteKind = {
  protocols: ['ducklake:'],
  once: 'exactly once: the files of a batch and the last id of the store enter the lake in one transaction',
  options: ['data-path', 'table', 'endpoint', 'region', 'duckdb-extensions'],
  batch: 500_000,
  minBatch: 50_000,
  maxDelayMs: 60_000,
  check(remote) {
    lakeOf(remote);
  },
  async connect(context) {
    const { remote, store, extensions } = context;
    const location = lakeOf(remote);
    const storage = await openStorage(location.data);
    let lake: Lake | undefined;
    try {
      lake = await Lake.open(location, storage, extensions);
      const register = await LakeRegister.open({ lake, storage, table: location.table, store, remote: remote.name });
      return new ObjectsConnection(storage, register, context);
    } catch (error) {
      lake?.close();
      storage.close();
      throw error;
    }
  },
};
