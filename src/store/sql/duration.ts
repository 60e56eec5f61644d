import { DURATION_KEYS, START_END_KEYS } from '../../core/vocabulary.js';
import type { Candidate, CoreColumn, FindCandidates } from './candidates.js';
import { parseTime } from './parse-time.js';
import { coalesced } from './text.js';

/** The core column `duration_ms`: from a key whose unit is known, else from a start and an end. */
export function durationColumn(find: FindCandidates): CoreColumn {
  const durations = find(DURATION_KEYS.map(([key]) => key));
  const millisecondsOf = new Map(DURATION_KEYS.map(([key, milliseconds]) => [key.toLowerCase(), milliseconds]));
  const pairs = START_END_KEYS.map(([start, end]) => ({ start: find([start])[0], end: find([end])[0] }));
  const found = pairs.filter(
    (pair): pair is { start: Candidate; end: Candidate } => pair.start !== undefined && pair.end !== undefined,
  );
  return {
    candidates: [...durations, ...found.flatMap(({ start, end }) => [start, end])],
    sql(texts, values = texts) {
      const told = durations.map(({ name }, i) => scaled(values[i]!, millisecondsOf.get(name) ?? 1));
      const spans = found.map((_, i) => {
        const at = durations.length + 2 * i;
        return between(texts[at]!, texts[at + 1]!);
      });
      return coalesced([...told, ...spans], 'DOUBLE');
    },
  };
}

function scaled(text: string, milliseconds: number): string {
  const number = `try_cast(${text} as DOUBLE)`;
  if (milliseconds === 1) return number;
  return milliseconds > 1 ? `${number} * ${milliseconds}` : `${number} / ${1 / milliseconds}`;
}

/**
 * Nanoseconds since 1970 are subtracted as integers: a point in time holds microseconds. Those of the latest and of the
 * earliest time are further apart than 64 bits hold.
 */
function between(start: string, end: string): string {
  const nanoseconds = (text: string): string =>
    `case when regexp_full_match(${text}, '[1-9][0-9]{17,18}') then try_cast(${text} as BIGINT) end`;
  return `coalesce((${nanoseconds(end)} - ${nanoseconds(start)}) / 1e6,
    (epoch_us(${parseTime(end)})::HUGEINT - epoch_us(${parseTime(start)})) / 1e3)`;
}
