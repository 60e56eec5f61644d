import { csv } from './csv.js';
import { duckdb } from './duckdb.js';
import { ndjson } from './ndjson.js';
import { otlpJson } from './otlp-json.js';
import { parquetFile } from './parquet-file.js';
import { parquetFolder } from './parquet-folder.js';
import { sqlite } from './sqlite.js';
import type { TextOutput } from './text-file.js';
import type { ExportWriter, WriterParts } from './writer.js';

/** The circumstances that choose among the writers of a format. */
export interface WriterChoice {
  readonly isFolder: boolean;
  /** Takes the text in place of a file. */
  readonly output: TextOutput | undefined;
  readonly signal: AbortSignal;
}

/** Returns the writer of a format. */
export function openWriter(parts: WriterParts, { isFolder, output, signal }: WriterChoice): ExportWriter {
  switch (parts.command.format) {
    case 'parquet':
      return isFolder ? parquetFolder(parts) : parquetFile(parts, signal);
    case 'csv':
      return csv(parts, output);
    case 'ndjson':
      return ndjson(parts, output);
    case 'otlp-json':
      return otlpJson(parts, output);
    case 'duckdb':
      return duckdb(parts);
    case 'sqlite':
      return sqlite(parts);
  }
}
