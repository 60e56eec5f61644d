import type { Result } from '../core/result.js';
import { csv } from './csv.js';
import { json } from './json.js';
import { markdown } from './markdown.js';
import { ndjson } from './ndjson.js';
import type { Renderer, RenderOptions, Write } from './renderer.js';
import { tsv } from './tsv.js';

/** The formats that rows can be printed in. */
export const FORMATS = ['table', 'json', 'ndjson', 'csv', 'tsv', 'markdown', 'line'] as const;

/** One of {@link FORMATS}. */
export type Format = (typeof FORMATS)[number];

/** The forms for a terminal bring packages that measure text, which a pipe need not wait for. */
const renderers: Readonly<Record<Format, () => Renderer | Promise<Renderer>>> = {
  table: async () => (await import('./table.js')).table,
  line: async () => (await import('./line.js')).line,
  json: () => json,
  ndjson: () => ndjson,
  csv: () => csv,
  tsv: () => tsv,
  markdown: () => markdown,
};

/**
 * Prints a result as it streams in.
 * @param write is awaited, so that a slow reader holds the query back.
 * @returns how many rows were written.
 * @throws TelemetryError when `options.signal` fires; whatever the result or `write` throws.
 */
export async function render(format: Format, result: Result, write: Write, options: RenderOptions): Promise<number> {
  const renderer = await renderers[format]();
  return renderer(result, write, options);
}

export type { RenderOptions, Write } from './renderer.js';
