import { listenForQueries } from '../../src/server/query-pool/listener.js';
import { QueryPool } from '../../src/server/query-pool/pool.js';
import { writeServerFile } from '../../src/server/server-file.js';

/** Starts the query processes of a server on a store, without the rest of the server; who starts them stops them. */
export async function openQueryPool(store: string): Promise<{ stop: () => Promise<void> }> {
  const pool = new QueryPool({ store, kind: 'questions', processes: 2, questionsAtOnce: 1 });
  const listener = await listenForQueries(store, 'query', {}, pool);
  const querySocket = listener!.path;
  writeServerFile(store, { pid: process.pid, url: 'http://127.0.0.1:9', querySocket, startedAt: '' });
  const stop = async (): Promise<void> => {
    listener!.close();
    await pool.stop();
  };
  return { stop };
}
