import type { Compression } from '../../core/archive-kind.js';
import type { Catalog } from '../catalog/catalog.js';

/** CSV is for programs that may not know zstd. */
const USUAL: Readonly<Record<'ndjson' | 'csv', Compression>> = { ndjson: 'zstd', csv: 'none' };

/** The compression of new files of a format: from the settings of the store, or the default. */
export function compressionOf(catalog: Catalog, kind: 'ndjson' | 'csv'): Compression {
  return (catalog.setting('archiveCompression') as Compression | undefined) ?? USUAL[kind];
}

/** The file extension of a compression, after that of the format. DuckDB also detects the compression by it. */
export function extensionOf(compression: Compression): string {
  return compression === 'zstd' ? '.zst' : '';
}
