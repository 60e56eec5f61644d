import { FORMAT_TIME_KEYS, TIME_KEYS, TIME_PAIR_KEYS } from '../../core/vocabulary.js';
import type { Candidate, CoreColumn, FindCandidates } from './candidates.js';
import { messageOf } from '../../core/errors.js';
import { parseBasicDate, parseEarlyEpoch, parseTime, parseTimePair, parseUsualTime } from './parse-time.js';
import { firstOf, quoteText } from './text.js';

/** The error of a statement with {@link usualTimeColumn}. */
const UNUSUAL_TIME = 'a time is not of a usual format';

/** The core column `time`: the first key with a valid time, else `received_at`. */
export function timeColumn(find: FindCandidates): CoreColumn {
  const common = find(TIME_KEYS);
  const single = [...common, ...find(FORMAT_TIME_KEYS)];
  const pairs = TIME_PAIR_KEYS.map(([seconds, nanoseconds]) => ({
    seconds: find([seconds]),
    nanoseconds: find([nanoseconds]),
  }));
  const found = pairs.filter(({ seconds }) => seconds.length > 0);
  const candidates: Candidate[] = [
    ...single,
    ...found.flatMap(({ seconds, nanoseconds }) => [seconds[0]!, ...nanoseconds.slice(0, 1)]),
  ];
  return {
    candidates,
    sql(texts) {
      let at = single.length;
      const ofPairs = found.map(({ nanoseconds }) => {
        const seconds = texts[at++]!;
        return parseTimePair(seconds, nanoseconds.length > 0 ? texts[at++] : undefined);
      });
      const times = [
        ...firstOf(texts.slice(0, single.length), parseTime),
        ...ofPairs,
        ...single.map(({ path }, i) => parseBasicDate(texts[i]!, path)),
        ...firstOf(texts.slice(0, common.length), parseEarlyEpoch),
      ];
      return times.length === 0 ? 'received_at' : `coalesce(${times.join(', ')}, received_at)`;
    },
  };
}

/**
 * The same for events whose times have one place and a usual format. DuckDB plans its SQL in a third of the time. Another
 * time fails the statement: see {@link isUnusualTime}.
 */
export function usualTimeColumn(find: FindCandidates): CoreColumn | undefined {
  const { candidates } = timeColumn(find);
  if (candidates.length !== 1 || find([...TIME_KEYS, ...FORMAT_TIME_KEYS]).length !== 1) return undefined;
  return {
    candidates,
    sql: ([text]) =>
      `coalesce(${parseUsualTime(text!)}, case when ${text!} is null then received_at else error(${quoteText(UNUSUAL_TIME)}) end)`,
  };
}

/** True for a text that {@link usualTimeColumn} takes, mostly. */
export function isUsualTime(text: string): boolean {
  return /^(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z|[1-9]\d{7,17})$/.test(text);
}

/** True for the error of a statement with {@link usualTimeColumn} that has read another time. */
export function isUnusualTime(error: unknown): boolean {
  return messageOf(error).includes(UNUSUAL_TIME);
}
