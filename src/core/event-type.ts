import {
  EVENT_TYPE,
  BARE_DURATION_KEYS,
  DURATION_KEYS,
  EVENT_TEXT_KEYS,
  LEVEL_KEYS,
  LOG_FORMAT_KEYS,
  MESSAGE_KEYS,
  METRIC_KEYS,
  SPAN_KEYS,
  START_END_KEYS,
} from './vocabulary.js';

/** A type given to an event without a type key. */
export type InferredType = 'metric' | 'trace' | 'log' | 'event';

/** Keys of a duration, in any unit. */
export const ANY_DURATION_KEYS = [...DURATION_KEYS.map(([key]) => key), ...BARE_DURATION_KEYS];

/** Every key that {@link inferType} tests. */
export const INFERENCE_KEYS = [
  ...METRIC_KEYS,
  ...SPAN_KEYS,
  ...LEVEL_KEYS,
  ...MESSAGE_KEYS,
  ...EVENT_TEXT_KEYS,
  ...LOG_FORMAT_KEYS,
  ...ANY_DURATION_KEYS,
  ...START_END_KEYS.flat(),
];

/**
 * Infers the type of an event from its keys. A log line may carry the ids of its trace and span: it is a span only with
 * a start and an end, or with a duration and no level.
 * @param has true when the event has a non-null scalar at one of the keys, in any case.
 * @param hasSeverity true when the scalar at one of {@link LEVEL_KEYS} says a severity. Called only where the type
 * depends on it: for all else, it follows from the keys.
 */
export function inferType(has: (keys: readonly string[]) => boolean, hasSeverity: () => boolean): InferredType {
  // The level of `{"event":"level_up","level":5}` is not that of a log.
  const hasEventText = (): boolean => has(EVENT_TEXT_KEYS) && has(LEVEL_KEYS) && hasSeverity();
  if (has(METRIC_KEYS)) return EVENT_TYPE.metric;
  if (has(SPAN_KEYS)) return isLogOfSpan(has, hasEventText) ? EVENT_TYPE.log : EVENT_TYPE.trace;
  const isLog = has(MESSAGE_KEYS) && (has(LEVEL_KEYS) || has(LOG_FORMAT_KEYS));
  return isLog || hasEventText() ? EVENT_TYPE.log : EVENT_TYPE.event;
}

/** @param hasEventText true for an event whose text is at one of {@link EVENT_TEXT_KEYS}. */
function isLogOfSpan(has: (keys: readonly string[]) => boolean, hasEventText: () => boolean): boolean {
  if (START_END_KEYS.some(([start, end]) => has([start]) && has([end]))) return false;
  if (!has(MESSAGE_KEYS) && !hasEventText()) return false;
  return has(LEVEL_KEYS) || !has(ANY_DURATION_KEYS);
}
