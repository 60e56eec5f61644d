import type { Segment } from '../../catalog/segments.js';

/** Something that is not as it should be. */
export interface Finding {
  /** The file that it is about, relative to the store. */
  readonly file: string;
  readonly problem: string;
  /** Set when the file belongs to a segment: how many events are in it. */
  readonly events?: number;
  /** Set for a file that a crash left and no segment needs: the store is sound all the same. */
  readonly isLeftover?: true;
  /** The repair that was made, if any. */
  readonly repaired?: string;
}

/** The part of the findings that a repair can do something about. */
export interface DamagedSegment {
  readonly segment: Segment;
  readonly problem: string;
}
