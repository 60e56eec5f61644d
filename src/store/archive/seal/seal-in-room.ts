import { isDiskFull } from '../../../core/trouble.js';
import type { ArchiveKind } from '../format.js';
import { MAX_BATCH_EVENTS, sealBatch, type ArchiveContext, type SealedBatch } from './seal.js';

/** On a full disk batches become smaller by this factor, down to this many events: some ten kilobytes of a segment. */
const BATCH_REDUCTION = 4;
const SMALLEST_BATCH_EVENTS = 1024;

/**
 * Seals batch after batch. Where the disk is too full for one, what is sealed is deleted from the journal first, which
 * makes room, and the batches become smaller.
 * @param upToId asked before each batch.
 * @param expire deletes the rows of sealed events and gives their room back.
 * @throws what sealBatch throws; that the disk is full when there is no room for the smallest batch either.
 */
export async function* sealInRoom(
  context: ArchiveContext,
  kind: ArchiveKind,
  upToId: () => number,
  expire: () => Promise<void>,
): AsyncGenerator<SealedBatch> {
  let most = MAX_BATCH_EVENTS;
  while (!context.signal.aborted) {
    try {
      const batch = await sealBatch(context, kind, upToId(), most);
      if (!batch) return;
      yield batch;
      if (most < MAX_BATCH_EVENTS) await expire();
    } catch (error) {
      if (!isDiskFull(error) || most <= SMALLEST_BATCH_EVENTS) throw error;
      await expire();
      most = Math.floor(most / BATCH_REDUCTION);
    }
  }
}
