import { join } from 'node:path';
import { extensions, Gateway, noExtensions, noGateway } from '../../consumers/remotes/kinds/objects/gateway.js';
import { addRemote, forwardTo, openReader } from '../../helpers/remotes.js';
import { makeDirectory } from '../../helpers/store.js';
import { STORE } from './dialect.js';
import { testConformance } from './suite.js';
import { removeDirectory } from '../../helpers/remove-directory.js';

/** DuckDB answers for objects as it does for a store: see docs/forwarding/objects.md. */
const OBJECTS = STORE;

testConformance('objects in a folder', async dir => {
  const lake = makeDirectory();
  addRemote(dir, 'folder', `file://${join(lake, 'lake')}`, { batch: 5000 });
  await forwardTo(dir, 'folder');
  const reader = await openReader(dir, 'folder');
  return {
    dialect: OBJECTS,
    query: sql => reader.query(sql),
    async close() {
      await reader.close();
      removeDirectory(lake);
    },
  };
});

testConformance('objects in a bucket', async dir => {
  const missing = noGateway ?? noExtensions;
  if (missing !== undefined) return missing;
  const gateway = new Gateway();
  const options = { endpoint: gateway.endpoint, 'duckdb-extensions': extensions! };
  addRemote(dir, 'bucket', gateway.url('lake'), { batch: 5000, options });
  await forwardTo(dir, 'bucket');
  const reader = await openReader(dir, 'bucket');
  return {
    dialect: OBJECTS,
    query: sql => reader.query(sql),
    async close() {
      await reader.close();
      gateway.stop();
    },
  };
});
