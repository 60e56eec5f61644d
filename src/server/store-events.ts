import type { SourcePost, SourceReceipt } from '../client/source.js';
import { codeOf, messageOf, TelemetryError } from '../core/errors.js';
import { DecodeError } from '../formats/decoder.js';
import { jsonStream } from '../formats/json/stream.js';
import type { BatchOutcome } from '../store/journal/appender.js';
import { BatchBuilder, type Batch } from '../store/journal/batch.js';
import { journalError } from '../store/journal/journal-error.js';
import { openJournal, type OpenJournal } from '../store/journal/open-journal.js';
import type { Durability } from '../store/database/store.js';
import type { PrivacyRules } from '../processors/redact/rules.js';
import { openPipeline, type Pipeline } from './pipeline.js';

/** Options for storing events in a store that this process has locked. */
export interface EventStoreOptions {
  readonly store: string;
  readonly durability: Durability;
  /** In bytes. */
  readonly maxEventSize: number;
  /** Rules for data that must not be stored. */
  readonly privacy?: PrivacyRules | undefined;
  /** The transport of the streams. */
  readonly transport: string;
}

/** Stores events without a server, in the same way as a server stores a POST: one stream each. */
export interface EventStore {
  /** Returns once the events are on disk. @throws TelemetryError `failure` when the journal cannot be written; stores nothing then. */
  readonly store: (post: SourcePost) => SourceReceipt;
  close(): void;
}

/** Metrics are not counted: a process that stores its events and ends does not serve them. */
const NO_METRICS = {
  privacy: { redacted: () => undefined, denied: () => undefined },
  violated: () => undefined,
};

/**
 * Opens a store that this process has locked. Creates or migrates it when needed.
 * @param patience time to wait for the transaction of another process, in milliseconds.
 * @throws TelemetryError `failure` when the store cannot be opened, or what SQLite throws.
 */
export async function openEventStore(options: EventStoreOptions, patience?: number): Promise<EventStore> {
  const { store, durability, privacy } = options;
  const journal = openJournal(store, durability, patience);
  let pipeline: Pipeline;
  try {
    pipeline = await openPipeline(store, privacy, NO_METRICS);
  } catch (error) {
    journal.close();
    throw error;
  }
  const append = postAppender(journal, pipeline, options);
  return {
    store: append,
    close() {
      pipeline.close();
      journal.close();
    },
  };
}

function postAppender(
  { appender, tend }: OpenJournal,
  pipeline: Pipeline,
  { maxEventSize, transport }: EventStoreOptions,
): EventStore['store'] {
  const now = (): number => Date.now() * 1000;
  let id = appender.lastStreamId;

  /** Decodes a post into full batches, which form one commit. The inserter limits the size of a batch. */
  function batchesOf({ body, position: before }: SourcePost): { batches: Batch[]; position: number; error: unknown } {
    const building = new BatchBuilder(now);
    const batches: Batch[] = [];
    let position = before;
    let error: unknown;
    const opening = { transport, remote: undefined, path: undefined, headers: '{}' };
    building.open({ id: ++id, startedAt: now(), ...(pipeline.describe?.(opening) ?? opening) });
    const sink = pipeline.process((bytes, start, end, meta) => {
      building.add(id, bytes, start, end, meta);
      if (building.isFull) batches.push(building.finish());
    });
    try {
      const decoder = jsonStream(
        (...event) => {
          sink(...event);
          position++;
        },
        { maxEventBytes: maxEventSize },
      );
      void decoder.write(body);
      void decoder.end();
    } catch (thrown) {
      if (!(thrown instanceof DecodeError)) throw thrown;
      error = thrown;
    }
    building.close({ id, endedAt: now() });
    batches.push(building.finish());
    return { batches, position, error };
  }

  return post => {
    const { batches, position, error } = batchesOf(post);
    const runs = appended(() => appender.append(batches)).flat();
    tend();
    const sum = (what: 'stored' | 'duplicates' | 'repeated'): number =>
      runs.reduce((total, run) => total + (run?.[what] ?? 0), 0);
    const repeated = sum('repeated');
    return {
      accepted: sum('stored'),
      duplicates: sum('duplicates'),
      ...(repeated > 0 && { before: repeated }),
      stream: id,
      position,
      ...(error !== undefined && { refused: new TelemetryError('failure', messageOf(error)) }),
    };
  };
}

function appended(append: () => BatchOutcome[]): BatchOutcome[] {
  try {
    return append();
  } catch (error) {
    const remedy = error instanceof TelemetryError ? error.remedy : undefined;
    throw journalError({ code: codeOf(error), message: messageOf(error), remedy });
  }
}
