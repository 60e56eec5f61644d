import type { StreamOpening } from '../store/journal/batch.js';
import type { JournalWriter } from '../store/journal/writer.js';
import type { IntakeCounts, RefusalDetail, TurnedAway } from '../receivers/intake.js';

/** A stream as it began. */
export type Opening = Omit<StreamOpening, 'id' | 'startedAt'>;

/** What an operator can watch of a server. Called in hot paths: implementations only note what they are told. */
export interface ServerObserver {
  /** Events of a stream are newly on disk. */
  readonly stored?: (opening: Opening, events: number) => void;
  /** A request was refused, or events of one were left out. */
  readonly refused?: (reason: TurnedAway, count: number, detail: RefusalDetail) => void;
}

/** The writer, whose streams report to the observer what they newly stored. */
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

/** The counts, which report refusals to the observer. */
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
