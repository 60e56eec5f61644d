import { isDiskFull } from '../../../core/trouble.js';
import type { ArchiveKind } from '../format.js';
import { MAX_BATCH_EVENTS, sealBatch, type ArchiveContext, type SealedBatch } from './seal.js';

/** On a full disk batches become smaller by this factor, down to this many events: some ten kilobytes of a segment. */
const BATCH_REDUCTION = 4;
const SMALLEST_BATCH_EVENTS = 1024;

/**
 * Seals batch after batch. When the disk is too full for a batch, it first deletes sealed events from the journal to
 * free space, and uses smaller batches.
 * @param upToId called before each batch.
 * @param trim deletes the rows of sealed events and frees their space.
 * @throws the errors of sealBatch; a full disk when not even the smallest batch fits.
 */
export async function* sealInRoom(
  context: ArchiveContext,
  kind: ArchiveKind,
  upToId: () => number,
  trim: () => Promise<void>,
): AsyncGenerator<SealedBatch> {
  let most = MAX_BATCH_EVENTS;
  while (!context.signal.aborted) {
    try {
      const batch = await sealBatch(context, kind, upToId(), most);
      if (!batch) return;
      yield batch;
      if (most < MAX_BATCH_EVENTS) await trim();
    } catch (error) {
      if (!isDiskFull(error) || most <= SMALLEST_BATCH_EVENTS) throw error;
      await trim();
      most = Math.floor(most / BATCH_REDUCTION);
    }
  }
}
