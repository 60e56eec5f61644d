import type { RangeTest } from './first-sight.js';

/** Values without a recognizable form, found by the names of their keys. */
export interface ValueByName {
  /** The shortest such value, in bytes. */
  readonly least: number;
  /** A cheap test of a string without its quotes, or of a number, which most fail. */
  readonly mayBe: RangeTest;
  readonly isName: (key: string) => boolean;
  readonly isValue: (value: string) => boolean;
}
