import type { Compression } from '../../core/archive-kind.js';
import type { Catalog } from '../catalog/catalog.js';

/** CSV is for programs that may not know zstd. */
const USUAL: Readonly<Record<'ndjson' | 'csv', Compression>> = { ndjson: 'zstd', csv: 'none' };

/** How the store compresses new files of a kind: what its settings say, or what is usual. */
export function compressionOf(catalog: Catalog, kind: 'ndjson' | 'csv'): Compression {
  return (catalog.setting('archiveCompression') as Compression | undefined) ?? USUAL[kind];
}

/** What the names of such files end in, after that of the kind. DuckDB tells by it, too. */
export function extensionOf(compression: Compression): string {
  return compression === 'zstd' ? '.zst' : '';
}
