import type { DuckDBConnection } from '@duckdb/node-api';
import type { Key } from './key-set.js';

/** The number of the layout of filters: that of the encoding, of the mixing of keys, and of their places. */
const LAYOUT = 1;

/**
 * Texts whose hashes tell the hash functions of two versions of DuckDB apart: empty, shorter and longer than what
 * DuckDB keeps in place of a pointer (12 bytes), and of other than ASCII.
 */
const SAMPLES = [
  '',
  'a',
  'twelve bytes',
  'thirteen byte',
  '0123456789abcdef',
  '4bf92f3577b34da6a3ce929d0e0e4736',
  '123e4567-e89b-12d3-a456-426614174000',
  'größer als 12 Bytes: ∞',
];

/** SQL for the hash of a text, of 64 bits. The fastest that DuckDB has; it may be another in another version. */
export function textHash(text: string): string {
  return `hash(${text})`;
}

/** SQL for the two halves of such a hash, as columns `low` and `high`. */
export function hashHalves(hash: string): string {
  return `(${hash} & 4294967295)::uinteger as low, (${hash} >> 32)::uinteger as high`;
}

const LOW_HALF = 2n ** 32n - 1n;

/** Texts as keys of filters, and the version of the filters that these keys fit. */
export interface TextKeys {
  readonly version: string;
  readonly keys: readonly Key[];
}

/** Hashes texts with the DuckDB of a connection. */
export async function textKeys(connection: DuckDBConnection, texts: readonly string[]): Promise<TextKeys> {
  const all = [...SAMPLES, ...texts];
  const reader = await connection.runAndReadAll(
    `select ${all.map((_, i) => textHash(`$${i + 1}::varchar`)).join(', ')}`,
    all,
  );
  const hashes = (reader.getRows()[0] as bigint[]).map(hash => BigInt.asUintN(64, hash));
  const samples = hashes.splice(0, SAMPLES.length);
  return {
    version: `${LAYOUT}-${samples.map(hash => hash.toString(36)).join('.')}`,
    keys: hashes.map(hash => ({ low: Number(hash & LOW_HALF), high: Number(hash >> 32n) })),
  };
}
