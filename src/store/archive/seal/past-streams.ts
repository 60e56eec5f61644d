import type { Micros } from '../../../core/duration.js';
import { READ_CHUNK_ROWS } from '../../../core/limits.js';
import { idRuns, type IdRuns } from '../../catalog/id-runs.js';
import type { JournalReader } from '../../journal/reader.js';
import { inspectSegment } from '../check/check-segment.js';
import { segmentSelects } from '../formats/registry.js';
import type { ArchiveContext } from './seal.js';

/**
 * The streams that no event belongs to any more: they ended before the oldest event that is left was received, and none
 * refers to them. (The one does not follow from the other: clocks jump.) The newest stays: the next is numbered after it.
 * None while a segment is damaged, whose events cannot be asked.
 */
export async function pastStreams(context: ArchiveContext): Promise<IdRuns> {
  const ended = endedBefore(oldestReceived(context), context.reader);
  if (ended.length === 0) return idRuns();
  const used = await usedStreams(context, ended[0]!, ended.at(-1)!);
  return used ? idRuns(ended.filter(id => !used.has(id))) : idRuns();
}

function oldestReceived({ catalog, reader }: ArchiveContext): Micros {
  const segments = [...catalog.segments(), ...catalog.damagedSegments()];
  const [row] = reader.readPage(['received_at'], reader.sealedId(), reader.lastId(), 1).values;
  const inJournal = (row?.[0] ?? Infinity) as Micros;
  return segments.reduce((oldest, { receivedFrom }) => Math.min(oldest, receivedFrom), inJournal);
}

function endedBefore(time: Micros, reader: JournalReader): number[] {
  const ids: number[] = [];
  let newest = 0;
  for (let after = 0; ;) {
    const { values, lastId } = reader.readStreams(['id', 'ended_at'], after, READ_CHUNK_ROWS);
    if (values.length === 0) break;
    for (const [id, endedAt] of values) if (typeof endedAt === 'number' && endedAt < time) ids.push(Number(id));
    newest = after = lastId;
  }
  return ids.at(-1) === newest ? ids.slice(0, -1) : ids;
}

/** The streams of a range that events refer to; undefined when damaged segments do not tell. */
async function usedStreams(
  { dir, catalog, reader, engine }: ArchiveContext,
  first: number,
  last: number,
): Promise<Set<number> | undefined> {
  const used = new Set<number>();
  for (let after = reader.sealedId(); ;) {
    const { values, lastId } = reader.readPage(['stream_id'], after, reader.lastId(), READ_CHUNK_ROWS);
    if (values.length === 0) break;
    for (const [id] of values) used.add(Number(id));
    after = lastId;
  }
  const segments = catalog.segments();
  if (segments.length === 0) return used;
  const connection = await engine.connection();
  const attributes = catalog.attributes();
  const events = segmentSelects({ dir, segments, attributes, columns: [], shapes: undefined, condition: 'true' });
  try {
    const found = await connection.runAndReadAll(
      `select distinct stream_id::double from (${events.join(' union all ')}) where stream_id between ${first} and ${last}`,
    );
    for (const [id] of found.getRows()) used.add(Number(id));
    return used;
  } catch (error) {
    for (const segment of segments) if ((await inspectSegment(dir, segment)) !== undefined) return undefined;
    throw error;
  }
}
