import { families, type Families } from './family.js';
import type { WrittenMetadata, WrittenRequest } from './remote-write-messages.js';

/** Families whose metadata is remembered: senders of version 1.0 send it in requests of its own, once a minute. */
const MAX_FAMILIES = 10_000;

/** What senders of version 1.0 have said of their metrics, beside their samples. */
export class KnownFamilies {
  #families: Families = families();
  #names = new Set<string>();

  note(said: WrittenRequest['families']): void {
    for (const [name, { type, help, unit }] of said) {
      if (this.#names.size >= MAX_FAMILIES && !this.#names.has(name)) {
        this.#families = families();
        this.#names.clear();
      }
      this.#names.add(name);
      Object.assign(this.#families.of(name), { type, help, unit });
    }
  }

  /** What is known of the metric that a sample belongs to. */
  find(sample: string): WrittenMetadata {
    const { type = 'unknown', help = '', unit = '' } = this.#families.find(sample).family;
    return { type, help, unit };
  }
}
