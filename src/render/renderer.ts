import type { Result } from '../core/result.js';

/** Writes text. A returned promise is awaited before more is rendered, so a slow reader slows the query. */
export type Write = (text: string) => Promise<void> | void;

/** Options of a renderer. */
export interface RenderOptions {
  /** The width of the terminal in cells; undefined when the output is not a terminal: nothing is cut. */
  readonly columns?: number | undefined;
  /** True when `table` and `line` may use colour. */
  readonly color: boolean;
  /** True when formats with a header (table, csv, tsv, markdown) print it; the default. */
  readonly header?: boolean | undefined;
  /** True when a table ends with its row count; the default. */
  readonly footer?: boolean | undefined;
  /** Ends the rendering between two batches; the reason is thrown when it is a TelemetryError. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Prints a whole result in one format.
 * @returns the number of rows written.
 */
export type Renderer = (result: Result, write: Write, options: RenderOptions) => Promise<number>;
