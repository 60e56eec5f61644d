/** Cases with a cause, and as many without. */
export const CASES: number;

/** The attribute that is the cause of each case. */
export const CAUSE_NAMES: readonly string[];

/** JSON texts of events with causes of cases. */
export function plantedEvents(count: number, seed?: number, strength?: number): Generator<string>;
