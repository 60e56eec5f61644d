/**
 * The events that a consumer takes in one step, by the order of receipt. Ids only grow, so an event that arrives late is
 * after `seenId` whatever its `time`. The next step starts at `lastId`, which is that of the snapshot that was read, and
 * no clock.
 */
export interface CursorStep {
  /** The last id that the consumer has seen; 0 before its first step. */
  readonly seenId: number;
  /** The highest id of the snapshot that this step reads. */
  readonly lastId: number;
}

/** SQL that is true for the events of a step, over their `id`. */
export function stepCondition({ seenId, lastId }: CursorStep): string {
  return `id > ${seenId} and id <= ${lastId}`;
}
