import type { SourcePost, SourceReceipt } from '../client/source.js';
import { codeOf, messageOf, TelemetryError } from '../core/errors.js';
import { DecodeError } from '../formats/decoder.js';
import { jsonStream } from '../formats/json/stream.js';
import type { BatchOutcome } from '../store/journal/appender.js';
import { batchBuilder, type Batch } from '../store/journal/batch.js';
import { journalError } from '../store/journal/journal-error.js';
import { openJournal, type OpenJournal } from '../store/journal/open-journal.js';
import type { Durability } from '../store/database/store.js';
import type { PrivacyRules } from '../processors/redact/rules.js';
import { openGates, type StoreGates } from './pipeline.js';

/** What a process stores its own events with, in a store that it holds. */
export interface EventStoreOptions {
  readonly store: string;
  readonly durability: Durability;
  /** In bytes. */
  readonly maxEventSize: number;
  /** What is kept out of the store. */
  readonly privacy?: PrivacyRules | undefined;
  /** What the streams say that their events came by. */
  readonly transport: string;
}

/** Stores events without a server: as one does that gets them in a POST, each POST a stream. */
export interface EventStore {
  /** On disk when it returns. @throws TelemetryError `failure` when the journal cannot be written; nothing is stored then. */
  readonly store: (post: SourcePost) => SourceReceipt;
  close(): void;
}

/** Nobody asks a process for its metrics that stores what it has and ends. */
const UNCOUNTED = {
  privacy: { redacted: () => undefined, denied: () => undefined },
  violated: () => undefined,
};

/**
 * Opens the store, which this process holds, for events of its own. It is created or migrated when needed.
 * @param patience how long another process's transaction is waited for, in milliseconds.
 * @throws TelemetryError `failure` when the store cannot be opened, or what SQLite throws.
 */
export async function openEventStore(options: EventStoreOptions, patience?: number): Promise<EventStore> {
  const { store, durability, privacy } = options;
  const journal = openJournal(store, durability, patience);
  let gates: StoreGates;
  try {
    gates = await openGates(store, privacy, UNCOUNTED);
  } catch (error) {
    journal.close();
    throw error;
  }
  const append = postAppender(journal, gates, options);
  return {
    store: append,
    close() {
      gates.close();
      journal.close();
    },
  };
}

function postAppender(
  { appender, tend }: OpenJournal,
  gates: StoreGates,
  { maxEventSize, transport }: EventStoreOptions,
): EventStore['store'] {
  const now = (): number => Date.now() * 1000;
  let id = appender.lastStreamId;

  /** Whole batches: their events are one commit, but no batch may grow past what the inserter takes. */
  function batchesOf({ body, position: before }: SourcePost): { batches: Batch[]; position: number; error: unknown } {
    const building = batchBuilder(now);
    const batches: Batch[] = [];
    let position = before;
    let error: unknown;
    const opening = { transport, remote: undefined, path: undefined, headers: '{}' };
    building.open({ id: ++id, startedAt: now(), ...(gates.describe?.(opening) ?? opening) });
    const admitted = gates.admit((bytes, start, end, facts) => {
      building.add(id, bytes, start, end, facts);
      if (building.isFull()) batches.push(building.finish());
    });
    try {
      const decoder = jsonStream(
        (...event) => {
          admitted(...event);
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
    const sum = (what: 'stored' | 'duplicates'): number => runs.reduce((total, run) => total + (run?.[what] ?? 0), 0);
    return {
      accepted: sum('stored'),
      duplicates: sum('duplicates'),
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
