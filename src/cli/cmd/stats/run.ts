import { readServerFile } from '../../../client/server-file.js';
import { storeStatistics } from '../../../journal/statistics.js';
import { storeAmounts } from '../../../query/store-amounts.js';
import { render } from '../../../render/formats.js';
import type { Context } from '../../context.js';
import { endInTime } from '../../forced-end.js';
import { damageNote } from '../../damage-note.js';
import type { StatsOptions } from './command.js';
import { overview, type Stats, statsJson, type TypeStats, typesTable } from './report.js';

export async function run({ store, format }: StatsOptions, context: Context): Promise<void> {
  const { streams } = context;
  const statistics = storeStatistics(store);
  const stats: Stats = { store, server: readServerFile(store), statistics, ...(await countEvents(store, context)) };
  const write = (text: string): Promise<void> => streams.out.write(text);
  if (format === 'json') return write(statsJson(stats));
  const { columns, color } = streams;
  await write(overview(stats));
  if (stats.types.length > 0) {
    await render('table', typesTable(stats.types), write, { columns, color, footer: false });
  }
}

/** The one part that has to read events: those of the journal, and of the last hour. */
async function countEvents(dir: string, context: Context): Promise<Pick<Stats, 'types' | 'rates'>> {
  const progress = await context.streams.progress('counting events');
  try {
    const options = { dir, signal: context.signal, onDamaged: damageNote(context.streams) };
    const { types, rates } = await endInTime(context.signal, () => storeAmounts(options, context.now()));
    return { types: [...types].map(([type, amount]) => ({ type, ...amount })).sort(byEvents), rates };
  } finally {
    progress.stop();
  }
}

function byEvents(a: TypeStats, b: TypeStats): number {
  return b.events - a.events || (a.type < b.type ? -1 : 1);
}
