import type { SourceCounts } from '../../client/source.js';

const NO_COUNTS: Required<SourceCounts> = { accepted: 0, duplicates: 0, before: 0 };

/** The counts of events that are on disk, until a receipt takes them. */
export class ReceiptCounts {
  #counts = NO_COUNTS;

  add({ accepted, duplicates, before = 0 }: SourceCounts): void {
    const counts = this.#counts;
    this.#counts = {
      accepted: counts.accepted + accepted,
      duplicates: counts.duplicates + duplicates,
      before: counts.before + before,
    };
  }

  take(): SourceCounts {
    const counts = this.#counts;
    this.#counts = NO_COUNTS;
    return counts;
  }
}
