import type { DuckDBConnection } from '@duckdb/node-api';
import type { SealedDatabase } from '../sandbox/sealed-database.js';
import type { Snapshot } from '../view/snapshot.js';

/** The time in which a statement holds the store's snapshot and listens to the signal. */
export interface Scope {
  readonly narrow: Snapshot['narrow'];
  readonly end: () => void;
  /** False after {@link end}. */
  readonly isOpen: boolean;
}

/** Time between two interrupts, in milliseconds: DuckDB forgets one that comes before a statement has begun. */
const INTERRUPT_EVERY_MS = 50;

/** Opens the scope of a statement on a snapshot: until it ends, the signal interrupts the connection. */
export function openScope(
  snapshot: Snapshot,
  connection: DuckDBConnection,
  database: SealedDatabase,
  signal: AbortSignal | undefined,
): Scope {
  let timer: NodeJS.Timeout | undefined;
  const interrupt = (): void => {
    connection.interrupt();
    timer ??= setInterval(() => connection.interrupt(), INTERRUPT_EVERY_MS).unref();
  };
  signal?.addEventListener('abort', interrupt);
  if (signal?.aborted) interrupt();
  let isOpen = true;
  return {
    narrow: snapshot.narrow,
    get isOpen() {
      return isOpen;
    },
    end() {
      if (!isOpen) return;
      isOpen = false;
      signal?.removeEventListener('abort', interrupt);
      clearInterval(timer);
      database.detach();
      snapshot.end();
    },
  };
}
