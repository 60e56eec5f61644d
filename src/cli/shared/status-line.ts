import type { Output } from './streams.js';

/** Moves to the start of the line and erases it (ECMA-48, EL). */
const ERASE = '\r\x1b[K';

/** A status line at the bottom of a terminal, below permanent lines. Without a terminal it shows nothing. */
export class StatusLine {
  readonly #output: Output;
  /** The width of the terminal; undefined without a terminal. */
  readonly #columns: () => number | undefined;
  #shown = '';

  constructor(output: Output, columns: () => number | undefined) {
    this.#output = output;
    this.#columns = columns;
  }

  /** Prints a permanent line. */
  print(text: string): void {
    const isDrawn = this.#shown !== '';
    void this.#output.write(`${isDrawn ? ERASE : ''}${text}\n${this.#shown}`);
  }

  /** Replaces the status text, cut to the width of the terminal. */
  update(text: string): void {
    const columns = this.#columns();
    if (columns === undefined || text === this.#shown) return;
    this.#shown = text.slice(0, columns - 1);
    void this.#output.write(`${ERASE}${this.#shown}`);
  }

  clear(): void {
    if (this.#shown === '') return;
    this.#shown = '';
    void this.#output.write(ERASE);
  }
}
