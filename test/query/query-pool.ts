import { onTestFinished } from 'vitest';
import { listenForQueries } from '../../src/server/query-pool/listener.js';
import { QueryPool } from '../../src/server/query-pool/pool.js';
import { writeServerFile } from '../../src/server/server-file.js';

/** Starts the query processes of a server on a store, without the rest of the server; they end with the test. */
export async function startQueryPool(store: string): Promise<QueryPool> {
  const pool = new QueryPool({ store, kind: 'questions', processes: 2, questionsAtOnce: 1 });
  const listener = await listenForQueries(store, 'query', {}, pool);
  onTestFinished(async () => {
    listener!.close();
    await pool.stop();
  });
  const querySocket = listener!.path;
  writeServerFile(store, { pid: process.pid, url: 'http://127.0.0.1:9', querySocket, startedAt: '' });
  return pool;
}
