import type { Row } from '../../core/result.js';

/** Rows to show. */
export interface Chosen {
  readonly rows: readonly Row[];
  /** Indices of the rows that begin a group: rows between them and the last row shown before were left out. */
  readonly groupStarts: readonly number[];
}

/** Chooses the rows within some rows of one that matches, as `grep -C` does, over any number of calls. */
export class ContextWindow {
  readonly #size: number;
  /** Rows that a match may still ask for. */
  #before: Row[] = [];
  /** Rows that the last match still asks for. */
  #after = 0;
  /** True once a row was shown. */
  #hasShown = false;
  /** True when a row was left out since the last row shown. */
  #hasGap = false;

  /** @param size the rows before and after a match */
  constructor(size: number) {
    this.#size = size;
  }

  /** Returns the rows to show, in order, of those that follow the rows of the last call. */
  choose(rows: readonly Row[], matches: (row: Row) => boolean): Chosen {
    const shown: Row[] = [];
    const groupStarts: number[] = [];
    for (const row of rows) {
      if (matches(row)) {
        if (this.#hasGap && this.#hasShown) groupStarts.push(shown.length);
        shown.push(...this.#before, row);
        this.#before = [];
        this.#after = this.#size;
        this.#hasShown = true;
        this.#hasGap = false;
      } else if (this.#after > 0) {
        shown.push(row);
        this.#after--;
      } else {
        this.#before.push(row);
        if (this.#before.length > this.#size) this.#hasGap = this.#before.shift() !== undefined;
      }
    }
    return { rows: shown, groupStarts };
  }
}
