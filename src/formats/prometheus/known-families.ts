import { families, type Families } from './family.js';
import type { WrittenMetadata, WrittenRequest } from './remote-write-messages.js';

/** Limit of families with remembered metadata: senders of version 1.0 send it in separate requests, once a minute. */
const MAX_FAMILIES = 10_000;

/** The metadata that senders of version 1.0 send separately from samples. */
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

  /** The known metadata for a sample's metric. */
  find(sample: string): WrittenMetadata {
    const { type = 'unknown', help = '', unit = '' } = this.#families.find(sample).family;
    return { type, help, unit };
  }
}
