import { pointer, quoteName } from './text.js';

/** A column that lists the texts at paths of `payload`, which DuckDB then parses once instead of once for each path. */
export class ExtractedTexts {
  readonly #name: string;
  readonly #places = new Map<string, number>();

  /** @param name of the column: one that no attribute can have. */
  constructor(name: string) {
    this.#name = quoteName(name);
  }

  /** SQL for the text at a path, over rows that have {@link values}: JSON for an object or array, NULL for null. */
  at(path: readonly string[]): string {
    const place = pointer(path);
    const number = this.#places.get(place) ?? this.#places.size + 1;
    this.#places.set(place, number);
    return `${this.#name}[${number}]`;
  }

  /** SQL that adds the column to those of rows with `payload`; empty when no text is wanted. */
  get values(): string {
    if (this.#places.size === 0) return '';
    return `, json_extract_string(payload, [${[...this.#places.keys()].join(', ')}]) as ${this.#name}`;
  }
}
