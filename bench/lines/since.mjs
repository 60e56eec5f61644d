import { archivedStore, timed } from '../lib/archived-store.mjs';
import { median } from '../lib/statistics.mjs';

const LARGE = 10_000_000;
const SMALL = 100_000;
const RUNS = 7;

/** A query of the last minute costs the same however much is older. */
export const since = {
  name: 'since',
  what: '`telemetry query --since 1m` on 10M events against the same on 100k, whole process',
  bound: 'at most 1.5',
  rounds: 1,
  async round() {
    const stores = { large: await archivedStore(LARGE), small: await archivedStore(SMALL) };
    const times = { large: [], small: [] };
    for (let run = 0; run < RUNS; run++) {
      for (const key of ['large', 'small']) {
        const { ms } = await timed(
          stores[key].store,
          'query',
          '--since',
          '1m',
          'select type, count(*) from events group by type',
        );
        times[key].push(ms);
      }
    }
    return { large: median(times.large), small: median(times.small) };
  },
  report([{ large, small }]) {
    return {
      figure: (large / small).toFixed(2),
      isMet: large / small <= 1.5,
      detail: `${large.toFixed(0)} against ${small.toFixed(0)} ms`,
    };
  },
};
