import type { DuckDBConnection } from '@duckdb/node-api';
import { ATTACHED, attachForReading } from '../../store/archive/formats/duckdb/database.js';

/** The DuckDB database of an archive in that format, attached only while a query reads it. */
export interface SealedDatabase {
  attach(): Promise<void>;
  /** Starts to detach it. */
  detach(): void;
  /** Resolves when the detaching under way is done; undefined when nothing is being detached. */
  settled(): Promise<void> | undefined;
}

/** The database of the store at `dir`, not attached yet. */
export function sealedDatabase(connection: DuckDBConnection, dir: string): SealedDatabase {
  let isAttached = false;
  let detaching: Promise<void> | undefined;
  return {
    async attach() {
      await detaching;
      if (isAttached) return;
      await attachForReading(connection, dir);
      isAttached = true;
    },
    detach() {
      if (!isAttached) return;
      isAttached = false;
      detaching = connection.run(`detach ${ATTACHED}`).then(
        () => void (detaching = undefined),
        () => void (isAttached = true), // it is still there, and attached it can be read
      );
    },
    settled: () => detaching,
  };
}
