import type { Segment } from '../../catalog/segments.js';

/** The repair of a segment whose file is intact again. */
export const TAKEN_BACK = 'taken back';

/** Something that is not as it should be. */
export interface Finding {
  /** The file that it is about, relative to the store. */
  readonly file: string;
  readonly problem: string;
  /** Set when the file belongs to a segment: how many events are in it. */
  readonly events?: number;
  /** Set for a file that a crash left and no segment needs: the store is sound all the same. */
  readonly isLeftover?: true;
  /** Set for a segment that an earlier repair has set aside: only an intact copy of its file helps. */
  readonly isAside?: true;
  /** The repair that was made, if any. */
  readonly repaired?: string;
}

/** The part of the findings that a repair can do something about. */
export interface DamagedSegment {
  readonly segment: Segment;
  readonly problem: string;
}
