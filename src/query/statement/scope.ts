import type { DuckDBConnection } from '@duckdb/node-api';
import type { SealedDatabase } from '../sandbox/sealed-database.js';
import type { Snapshot } from '../view/snapshot.js';

/** The time in which a statement holds the store's snapshot and listens to the signal. */
export interface Scope {
  readonly narrow: Snapshot['narrow'];
  readonly end: () => void;
}

/** Opens the scope of a statement on a snapshot: until it ends, the signal interrupts the connection. */
export function openScope(
  snapshot: Snapshot,
  connection: DuckDBConnection,
  database: SealedDatabase,
  signal: AbortSignal | undefined,
): Scope {
  const interrupt = (): void => connection.interrupt();
  signal?.addEventListener('abort', interrupt);
  let isOpen = true;
  return {
    narrow: snapshot.narrow,
    end() {
      if (!isOpen) return;
      isOpen = false;
      signal?.removeEventListener('abort', interrupt);
      database.detach();
      snapshot.end();
    },
  };
}
