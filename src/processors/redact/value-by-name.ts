import type { RangeTest } from './first-sight.js';

/** Values that have no form of their own and are known by the names of their keys. */
export interface ValueByName {
  /** The fewest bytes that they have. */
  readonly least: number;
  /** A cheap test of a string without its quotes, or of a number, which most fail. */
  readonly mayBe: RangeTest;
  readonly isName: (key: string) => boolean;
  readonly isValue: (value: string) => boolean;
}
