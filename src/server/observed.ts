import type { StreamOpening } from '../store/journal/batch.js';
import type { JournalWriter } from '../store/journal/writer.js';
import type { IntakeCounts, RefusalDetail, TurnedAway } from '../receivers/intake.js';

/** The opening of a stream. */
export type Opening = Omit<StreamOpening, 'id' | 'startedAt'>;

/** Callbacks for the operator. Called in hot paths: implementations must return quickly. */
export interface ServerObserver {
  /** Called when events of a stream have been committed. */
  readonly stored?: (opening: Opening, events: number) => void;
  /** Called when a request was refused, or some of its events were left out. */
  readonly refused?: (reason: TurnedAway, count: number, detail: RefusalDetail) => void;
}

/** Wraps the writer, so that its streams report new commits to the observer. */
export function observedWriter(writer: JournalWriter, { stored }: ServerObserver): JournalWriter {
  if (!stored) return writer;
  const openStream: JournalWriter['openStream'] = (opening, onProgress) => {
    let before = 0;
    return writer.openStream(opening, (stream, closed) => {
      if (stream.stored > before) stored(opening, stream.stored - before);
      before = stream.stored;
      onProgress(stream, closed);
    });
  };
  return Object.assign(Object.create(writer) as JournalWriter, { openStream });
}

/** Wraps the counts, so that they report refusals to the observer. */
export function observedCounts(counts: IntakeCounts, { refused }: ServerObserver): IntakeCounts {
  if (!refused) return counts;
  return {
    ...counts,
    refused(reason, count = 1, detail) {
      counts.refused(reason, count);
      if (detail) refused(reason, count, detail);
    },
  };
}
