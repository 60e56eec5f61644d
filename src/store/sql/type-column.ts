import { ANY_DURATION_KEYS } from '../../core/event-type.js';
import {
  EVENT_TEXT_KEYS,
  LEVEL_KEYS,
  LOG_FORMAT_KEYS,
  MESSAGE_KEYS,
  METRIC_KEYS,
  SPAN_KEYS,
  START_END_KEYS,
  TYPE_KEYS,
} from '../../core/vocabulary.js';
import type { Candidate, CoreColumn, FindCandidates } from './candidates.js';
import { severitiesOf } from './severity.js';
import { coalesced } from './text.js';

/**
 * The core column `type`: the type that an event names, else the one that follows from its keys (core/event-type.ts).
 */
export function typeColumn(find: FindCandidates): CoreColumn {
  const given = find(TYPE_KEYS);
  const candidates: Candidate[] = [...given];
  const placeOf = (candidate: Candidate): number => {
    const path = JSON.stringify(candidate.path);
    const known = candidates.findIndex(other => JSON.stringify(other.path) === path);
    return known < 0 ? candidates.push(candidate) - 1 : known;
  };
  /** SQL that is true where an event has a scalar at one of the keys; undefined when no event can. */
  const has = (keys: readonly string[]): Test => {
    const places = find(keys).map(placeOf);
    return places.length === 0 ? undefined : texts => `(${places.map(i => `${texts[i]!} is not null`).join(' or ')})`;
  };
  const metric = has(METRIC_KEYS);
  const span = has(SPAN_KEYS);
  const level = has(LEVEL_KEYS);
  const message = has(MESSAGE_KEYS);
  const levels = find(LEVEL_KEYS);
  const levelPlaces = levels.map(placeOf);
  const severity: Test =
    level &&
    (texts =>
      severityGiven(
        levels,
        levelPlaces.map(i => texts[i]!),
      ));
  const eventText = allOf([has(EVENT_TEXT_KEYS), severity]);
  const duration = has(ANY_DURATION_KEYS);
  const startAndEnd = anyOf(START_END_KEYS.map(([start, end]) => allOf([has([start]), has([end])])));
  const logOfSpan = allOf([anyOf([message, eventText]), not(startAndEnd), anyOf([level, not(duration)])]);
  const log = anyOf([allOf([message, anyOf([level, has(LOG_FORMAT_KEYS)])]), eventText]);
  return {
    candidates,
    sql(texts) {
      const when = (test: Test, type: string): string => (test ? `when ${test(texts)} then '${type}'` : '');
      const cases = [
        when(metric, 'metric'),
        when(allOf([span, logOfSpan]), 'log'),
        when(span, 'trace'),
        when(log, 'log'),
      ].join(' ');
      const own = given.map((_, i) => `nullif(${texts[i]!}, '')`);
      const inferred = cases.trim() === '' ? `'event'` : `case ${cases} else 'event' end`;
      return own.length === 0 ? inferred : `coalesce(${[...own, inferred].join(', ')})`;
    },
  };
}

function severityGiven(levels: readonly Candidate[], texts: readonly string[]): string {
  return `${coalesced(severitiesOf(levels, texts), 'VARCHAR')} is not null`;
}

/** A condition over the texts of the candidates; undefined for one that is never true. */
type Test = ((texts: readonly string[]) => string) | undefined;

const ALWAYS: Test = () => 'true';

function allOf(tests: readonly Test[]): Test {
  if (tests.includes(undefined)) return undefined;
  return texts => `(${tests.map(test => test!(texts)).join(' and ')})`;
}

function anyOf(tests: readonly Test[]): Test {
  const possible = tests.filter(test => test !== undefined);
  return possible.length === 0 ? undefined : texts => `(${possible.map(test => test(texts)).join(' or ')})`;
}

function not(test: Test): Test {
  return test ? texts => `not ${test(texts)}` : ALWAYS;
}
