import type { Micros } from '../../core/duration.js';
import type { ShapeLeaf } from '../../core/shape.js';
import type { SourceState } from '../../core/source.js';
import type { IdHash } from '../catalog/deduplication.js';
import type { NewSegment } from '../catalog/segments.js';
import type { StreamClosing, StreamOpening } from './batch.js';

/** Events of a source that are in files of segments already, to be registered as the next events of the store. */
export interface ImportedBatch {
  /** The id that the first event has in the segments; the others follow without a gap. */
  readonly firstId: number;
  readonly events: number;
  readonly receivedAt: Micros;
  readonly segments: readonly NewSegment[];
  /** Keys of the events that may not be registered yet. */
  readonly attributes: readonly ShapeLeaf[];
  /** Hashes of their event ids: see {@link packHashes}. */
  readonly eventIds: Uint32Array<ArrayBuffer>;
  /** The number of the last event of the source before those of the batch. */
  readonly after: number;
  /** The number of its last event in the batch. */
  readonly upTo: number;
  /** A state of the source within the batch. */
  readonly mark: SourceState;
  readonly stream: StreamOpening & StreamClosing;
}

/** Packs hashes into two numbers each. */
export function packHashes(hashes: readonly IdHash[]): Uint32Array<ArrayBuffer> {
  const packed = new Uint32Array(2 * hashes.length);
  hashes.forEach(({ high, low }, i) => {
    packed[2 * i] = high;
    packed[2 * i + 1] = low;
  });
  return packed;
}

/** The hashes that {@link packHashes} packed. */
export function unpackHashes(packed: Uint32Array): IdHash[] {
  return Array.from({ length: packed.length / 2 }, (_, i) => ({ high: packed[2 * i]!, low: packed[2 * i + 1]! }));
}
