import { FORMAT_TIME_KEYS, TIME_KEYS, TIME_PAIR_KEYS } from '../../core/vocabulary.js';
import type { Candidate, CoreColumn, FindCandidates } from './candidates.js';
import { parseBasicDate, parseEarlyEpoch, parseTime, parseTimePair } from './parse-time.js';
import { firstOf } from './text.js';

/** The core column `time`: the first place with a point in time, else `received_at`. */
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
