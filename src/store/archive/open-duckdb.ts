import { TextDecoder } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { textDecoder } from '@duckdb/node-api/lib/vectors/dataAccessors.js';

/*
 * The decoder of the binding (1.5.5) takes a U+FEFF that a text begins with for a byte order mark and drops it: two
 * types that differ by it only would be one. Its instance is shared by all vectors; this one keeps the mark.
 */
const exact = new TextDecoder('utf-8', { ignoreBOM: true });
Object.assign(textDecoder, { decode: (bytes: Uint8Array) => exact.decode(bytes) });

/** Opens a DuckDB whose texts come as they are, a leading U+FEFF included. */
export function openDuckDB(path: string, options: Record<string, string>): Promise<DuckDBInstance> {
  return DuckDBInstance.create(path, options);
}
