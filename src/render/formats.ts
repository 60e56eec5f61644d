import type { Result } from '../core/result.js';
import { csv } from './csv.js';
import { json } from './json.js';
import { jsonColumns } from './json-columns.js';
import { markdown } from './markdown.js';
import { ndjson } from './ndjson.js';
import type { Renderer, RenderOptions, Write } from './renderer.js';
import { tsv } from './tsv.js';

/** The output formats for rows. */
export const FORMATS = ['table', 'json', 'json-columns', 'ndjson', 'csv', 'tsv', 'markdown', 'line'] as const;

/** One of {@link FORMATS}. */
export type Format = (typeof FORMATS)[number];

/** Formats for a terminal load packages that measure text; a pipe does not wait for them. */
const renderers: Readonly<Record<Format, () => Renderer | Promise<Renderer>>> = {
  table: async () => (await import('./table.js')).table,
  line: async () => (await import('./line.js')).line,
  json: () => json,
  'json-columns': () => jsonColumns,
  ndjson: () => ndjson,
  csv: () => csv,
  tsv: () => tsv,
  markdown: () => markdown,
};

/**
 * Prints a result as it streams in.
 * @param write awaited, so a slow reader slows the query.
 * @returns the number of rows written.
 * @throws TelemetryError when `options.signal` aborts; errors of the result or of `write`.
 */
export async function render(format: Format, result: Result, write: Write, options: RenderOptions): Promise<number> {
  const renderer = await renderers[format]();
  return renderer(result, write, options);
}

export type { RenderOptions, Write } from './renderer.js';
