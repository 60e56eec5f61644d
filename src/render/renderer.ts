import type { Result } from '../core/result.js';

/** Where the text goes. A promise it returns is awaited before more is rendered, so a slow reader holds the query back. */
export type Write = (text: string) => Promise<void> | void;

/** How a result is printed. */
export interface RenderOptions {
  /** The width of the terminal in character cells; undefined is not a terminal: nothing is cut. */
  readonly columns?: number | undefined;
  /** Whether the forms for people (table, line) may use colour. */
  readonly color: boolean;
  /** Whether the forms that have a header (table, csv, tsv, markdown) print it. Default true. */
  readonly header?: boolean | undefined;
  /** Whether a table ends with the count of its rows. Default true. */
  readonly footer?: boolean | undefined;
  /** Ends the rendering between two batches; the reason is thrown when it is a TelemetryError. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Prints a whole result in one format.
 * @returns how many rows were written.
 */
export type Renderer = (result: Result, write: Write, options: RenderOptions) => Promise<number>;
