import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { archivedStore, timed } from '../lib/archived-store.mjs';
import { median } from '../lib/statistics.mjs';

const EVENTS = 10_000_000;
const MOST_SECONDS = 5;

/** Removing nine tenths of a sealed store, whole process: a time, since no raw operation does the same. */
export const prune = {
  name: 'prune',
  what: '`telemetry prune --keep metric` on 10M events, 90 % go, whole process',
  bound: 'under 5 s',
  rounds: 3,
  async round(scratch) {
    const { store } = await archivedStore(EVENTS);
    const copy = join(scratch, 'store');
    cpSync(store, copy, { recursive: true });
    const { text, ms } = await timed(copy, 'prune', '--keep', 'metric', '--yes', '--format', 'json');
    const { done } = JSON.parse(text);
    const left = JSON.parse((await timed(copy, 'stats', '--format', 'json')).text);
    if (!done.complete || left.events !== EVENTS - done.removed_events || left.types.length !== 1)
      throw new Error(`the prune left ${JSON.stringify(left.types)}`);
    return { seconds: ms / 1000, share: done.removed_events / EVENTS, freed: done.disk.freed };
  },
  report(rounds) {
    const seconds = median(rounds.map(round => round.seconds));
    const [{ share, freed }] = rounds;
    return {
      figure: `${seconds.toFixed(1)} s`,
      isMet: seconds < MOST_SECONDS,
      detail: `${(100 * share).toFixed(0)} % went, the disk got back ${Math.round(freed / 1e6)} MB`,
    };
  },
};
