/*
 * Ascending numbers as text: `1-3,7` is 1, 2, 3 and 7.
 */

const RANGES = /^[1-9]\d{0,14}(?:-[1-9]\d{0,14})?(?:,[1-9]\d{0,14}(?:-[1-9]\d{0,14})?)*$/;

/** Writes ascending numbers, one by one. */
export class RangeWriter {
  #closed = '';
  #from = 0;
  #to = 0;

  /** An upper limit of the length of the text. */
  get length(): number {
    return this.#closed.length + 2 * String(this.#to).length + 2;
  }

  /** @param number greater than the last one */
  add(number: number): void {
    if (this.#to === number - 1 && this.#to > 0) {
      this.#to = number;
      return;
    }
    this.#closed = this.toString();
    this.#from = this.#to = number;
  }

  /** Empty without numbers. */
  toString(): string {
    if (this.#to === 0) return '';
    const last = this.#from === this.#to ? `${this.#to}` : `${this.#from}-${this.#to}`;
    return this.#closed === '' ? last : `${this.#closed},${last}`;
  }
}

/** Reads ascending numbers, one by one: a range of many takes no memory. */
export class RangeReader {
  readonly #ranges: readonly (readonly [number, number])[];
  #range = 0;
  #last = 0;

  /** @throws RangeError for a text that is not ranges of ascending numbers from 1. */
  constructor(text: string) {
    if (!RANGES.test(text)) throw new RangeError('not a list of numbers and ranges');
    this.#ranges = text.split(',').map(part => {
      const [from, to = from] = part.split('-').map(Number) as [number, number?];
      return [from, to];
    });
    let before = 0;
    for (const [from, to] of this.#ranges) {
      if (from <= before || to < from) throw new RangeError('not ascending');
      before = to;
    }
  }

  /** The next number; undefined after the last one. */
  next(): number | undefined {
    const range = this.#ranges[this.#range];
    if (!range) return undefined;
    this.#last = Math.max(this.#last + 1, range[0]);
    if (this.#last === range[1]) this.#range++;
    return this.#last;
  }
}
