import { archivedStore, journalStore, timed } from '../lib/archived-store.mjs';
import { START_SECONDS } from '../lib/events.mjs';
import { median } from '../lib/statistics.mjs';

const LARGE = 10_000_000;
const SMALL = 100_000;
const RUNS = 7;

/** Events a second, of those that the generator makes. */
const EVENTS_A_SECOND = 100;

const SQL = 'select type, count(*) from events group by type';

/** A query of the last minute costs the same however much is older. */
export const since = sinceCase('since', 'sealed events', archivedStore);

/** The same where the store keeps its events in the journal. */
export const sinceJournal = sinceCase('since-journal', 'events in the journal', journalStore);

function sinceCase(name, where, storeOf) {
  return {
    name,
    what: `a query of the last minute by time, over 10M ${where} against the same over 100k, whole process`,
    bound: 'at most 1.5',
    rounds: 1,
    async round() {
      const stores = { large: await storeOf(LARGE), small: await storeOf(SMALL) };
      const times = { large: [], small: [] };
      for (let run = 0; run < RUNS; run++) {
        for (const [key, events] of [
          ['large', LARGE],
          ['small', SMALL],
        ]) {
          const from = new Date((START_SECONDS + events / EVENTS_A_SECOND - 60) * 1000).toISOString();
          const { ms, text } = await timed(stores[key].store, 'query', '--since', from, SQL);
          if (!text.includes('trace')) throw new Error(`the last minute of ${events} events has none: ${text}`);
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
}
