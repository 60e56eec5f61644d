import { createHash } from 'node:crypto';
import type { IdInterval } from '../../catalog/event-ranges.js';
import { MAX_SEGMENT_BITS, mayHold, valueBytes, type FuseFilter } from './fuse-filter.js';
import type { Key } from './key-set.js';

/*
 * The filter of a column as the catalog keeps it, in little-endian order: the number of blocks (uint32) and the bits of a
 * fingerprint (uint8); for each block the first and last id (float64 each), seed and segments (uint32 each) and segment
 * bits (uint8); the values of all blocks; the first 8 bytes of the SHA-256 of all that. A wrong bit would hide events, and
 * SQLite does not check its pages.
 */

/** The texts of one column in the events between two ids, both included. */
export interface FilterBlock {
  readonly firstId: number;
  readonly lastId: number;
  readonly filter: FuseFilter;
}

const HEADER_BYTES = 5;
const BLOCK_BYTES = 25;
const CHECKSUM_BYTES = 8;

/** Encodes blocks, at least one, whose filters have the same bits. */
export function encodeFilter(blocks: readonly FilterBlock[]): Uint8Array {
  const start = HEADER_BYTES + BLOCK_BYTES * blocks.length;
  const values = blocks.reduce((sum, { filter }) => sum + filter.values.length, 0);
  const bytes = new Uint8Array(start + values + CHECKSUM_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, blocks.length, true);
  view.setUint8(4, blocks[0]!.filter.bits);
  let end = start;
  blocks.forEach(({ firstId, lastId, filter }, i) => {
    const at = HEADER_BYTES + BLOCK_BYTES * i;
    view.setFloat64(at, firstId, true);
    view.setFloat64(at + 8, lastId, true);
    view.setUint32(at + 16, filter.seed, true);
    view.setUint32(at + 20, filter.segments, true);
    view.setUint8(at + 24, filter.segmentBits);
    bytes.set(filter.values, end);
    end += filter.values.length;
  });
  bytes.set(checksumOf(bytes.subarray(0, end)), end);
  return bytes;
}

/** Decodes what {@link encodeFilter} gave; undefined for bytes that are not, or no longer, such a filter. */
export function decodeFilter(bytes: Uint8Array): FilterBlock[] | undefined {
  const end = bytes.length - CHECKSUM_BYTES;
  if (end < HEADER_BYTES) return undefined;
  if (Buffer.compare(checksumOf(bytes.subarray(0, end)), bytes.subarray(end)) !== 0) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [count, bits] = [view.getUint32(0, true), view.getUint8(4)];
  const blocks: FilterBlock[] = [];
  let from = HEADER_BYTES + BLOCK_BYTES * count;
  if (bits < 1 || bits > 8 || from > end) return undefined;
  for (let i = 0; i < count; i++) {
    const at = HEADER_BYTES + BLOCK_BYTES * i;
    const [firstId, lastId] = [view.getFloat64(at, true), view.getFloat64(at + 8, true)];
    const [seed, segments] = [view.getUint32(at + 16, true), view.getUint32(at + 20, true)];
    const segmentBits = view.getUint8(at + 24);
    if (segmentBits > MAX_SEGMENT_BITS) return undefined;
    const length = valueBytes({ bits, segmentBits, segments });
    const values = bytes.subarray(from, (from += length));
    blocks.push({ firstId, lastId, filter: { bits, seed, segments, segmentBits, values } });
  }
  return from === end ? blocks : undefined;
}

/** The intervals of ids whose events may have one of the keys' texts in the column. */
export function idsThatMayHold(blocks: readonly FilterBlock[], keys: readonly Key[]): IdInterval[] {
  return blocks
    .filter(({ filter }) => keys.some(key => mayHold(filter, key)))
    .map(({ firstId, lastId }) => ({ afterId: firstId - 1, upToId: lastId }));
}

function checksumOf(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest().subarray(0, CHECKSUM_BYTES);
}
