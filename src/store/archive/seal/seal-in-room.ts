import { isDiskFull } from '../../../core/trouble.js';
import type { ArchiveKind } from '../format.js';
import { LineFiles } from '../line-files.js';
import {
  loadBatch,
  maxBatchEvents,
  writeBatch,
  type ArchiveContext,
  type LoadedBatch,
  type SealedBatch,
} from './seal.js';

/** On a full disk batches become smaller by this factor, down to this many events: some ten kilobytes of a segment. */
const BATCH_REDUCTION = 4;
const SMALLEST_BATCH_EVENTS = 1024;

/**
 * Seals batch after batch. While DuckDB writes one, the next is read. When the disk is too full for a batch, it first
 * deletes sealed events from the journal to free space, and uses smaller batches.
 * @param upToId called before each batch.
 * @param trim deletes the rows of sealed events and frees their space.
 * @param usual the maximum number of events of a batch while the disk has room.
 * @throws the errors of sealBatch; a full disk when not even the smallest batch fits.
 */
export async function* sealInRoom(
  context: ArchiveContext,
  kind: ArchiveKind,
  upToId: () => number,
  trim: () => Promise<void>,
  usual = maxBatchEvents(kind),
): AsyncGenerator<SealedBatch> {
  const batches = new BatchLoader(context, kind, upToId);
  let most = usual;
  try {
    while (!context.signal.aborted) {
      try {
        const loaded = await batches.next(most);
        if (!loaded) return;
        if (loaded.lines.isFull && most === usual) batches.prefetch(loaded.lines.lastId, most);
        yield await writeBatch(context, kind, loaded);
        if (most < usual) await trim();
      } catch (error) {
        if (!isDiskFull(error) || most <= SMALLEST_BATCH_EVENTS) throw error;
        await batches.discard();
        await trim();
        most = Math.floor(most / BATCH_REDUCTION);
      }
    }
  } finally {
    await batches.close();
  }
}

/** The result of reading a batch ahead. An error waits for {@link BatchLoader.next}. */
type Prefetched = { readonly batch: LoadedBatch | undefined } | { readonly error: unknown };

/** Reads batches from the journal, one ahead of the one that is written. Two sets of files take turns. */
class BatchLoader {
  readonly #context: ArchiveContext;
  readonly #kind: ArchiveKind;
  readonly #upToId: () => number;
  readonly #files: readonly [LineFiles, LineFiles];
  #turn: 0 | 1 = 0;
  #ahead: Promise<Prefetched> | undefined;

  constructor(context: ArchiveContext, kind: ArchiveKind, upToId: () => number) {
    this.#context = context;
    this.#kind = kind;
    this.#upToId = upToId;
    this.#files = [new LineFiles(context.dir, 'a'), new LineFiles(context.dir, 'b')];
  }

  /** The batch after what is sealed. */
  async next(maxEvents: number): Promise<LoadedBatch | undefined> {
    const ahead = await this.#ahead;
    this.#ahead = undefined;
    if (!ahead) return this.#load(this.#context.reader.sealedId(), maxEvents);
    if ('error' in ahead) throw ahead.error;
    return ahead.batch;
  }

  /** Begins to read the batch after an id. */
  prefetch(afterId: number, maxEvents: number): void {
    this.#ahead = this.#load(afterId, maxEvents).then(
      batch => ({ batch }),
      (error: unknown) => ({ error }),
    );
  }

  /** Forgets what was read ahead. */
  async discard(): Promise<void> {
    await this.#ahead;
    this.#ahead = undefined;
  }

  async close(): Promise<void> {
    await this.discard();
    for (const files of this.#files) files.close();
  }

  #load(afterId: number, maxEvents: number): Promise<LoadedBatch | undefined> {
    this.#turn = this.#turn === 0 ? 1 : 0;
    const range = { afterId, upToId: this.#upToId(), maxEvents };
    return loadBatch(this.#context, this.#kind, range, this.#files[this.#turn]);
  }
}
