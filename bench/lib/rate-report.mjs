import { median } from './statistics.mjs';

/** Reports runs, each with the times of `raw` and `ours` in milliseconds: the median ratio of the rates, at least `bound`. */
export function rateReport(runs, bound) {
  const ratio = median(runs.map(({ raw, ours }) => raw / ours));
  const [raw, ours] = ['raw', 'ours'].map(side => median(runs.map(run => run[side])) / 1000);
  return {
    figure: ratio.toFixed(2),
    isMet: ratio >= bound,
    detail: `${ours.toFixed(1)} against ${raw.toFixed(1)} s`,
  };
}
