import { readServerFile } from '../../../client/server-file.js';
import { storeStatistics } from '../../../store/journal/statistics.js';
import { countByColumn, type EventGroup } from '../../../query/report/event-groups.js';
import { storeAmounts } from '../../../query/report/store-amounts.js';
import { render } from '../../../render/formats.js';
import type { Context } from '../../shared/context.js';
import { endInTime } from '../../shared/forced-end.js';
import { damagedSegmentWarning } from '../../shared/damaged-segment-warning.js';
import { printReport, rowsOfJson } from '../../shared/report.js';
import type { StatsOptions } from './options.js';
import { groupsJson, groupsTable, overview, type Stats, statsJson, type TypeStats, typesTable } from './report.js';

/** Prints an overview of the store, or event counts by a column. */
export async function run(options: StatsOptions, context: Context): Promise<void> {
  if (options.by !== undefined) return countBy(options.by, options, context);
  const { store, format } = options;
  const { streams } = context;
  const statistics = storeStatistics(store);
  const stats: Stats = { store, server: readServerFile(store), statistics, ...(await countEvents(store, context)) };
  const write = (text: string): Promise<void> => streams.out.write(text);
  const { columns, color } = streams;
  await printReport(format, context, {
    async table() {
      await write(overview(stats));
      if (stats.types.length === 0) return;
      await render('table', typesTable(stats.types), write, { columns, color, footer: false });
    },
    json: statsJson(stats),
    rows: () => rowsOfJson(stats.types),
  });
}

async function countBy(by: string, { store, since, until, format }: StatsOptions, context: Context): Promise<void> {
  const { streams, signal } = context;
  const { columns, color } = streams;
  const isTable = format === 'table';
  const progress = await streams.progress('counting events');
  let groups: EventGroup[];
  try {
    groups = await countByColumn(
      {
        dir: store,
        ...(since !== undefined && { since }),
        ...(until !== undefined && { until }),
        timezone: isTable ? Intl.DateTimeFormat().resolvedOptions().timeZone : 'UTC',
        timeStyle: isTable ? 'readable' : 'iso',
        signal,
        engines: context.engines,
        onDamaged: damagedSegmentWarning(streams),
      },
      by,
    );
  } finally {
    progress.stop();
  }
  await printReport(format, context, {
    table: () => render('table', groupsTable(by, groups), text => streams.out.write(text), { columns, color }),
    json: groupsJson(by, groups),
  });
}

/** Counts the events of the journal and of the last hour, the only part that reads events. */
async function countEvents(dir: string, context: Context): Promise<Pick<Stats, 'types' | 'rates'>> {
  const progress = await context.streams.progress('counting events');
  try {
    const { signal, engines, streams } = context;
    const options = { dir, signal, engines, onDamaged: damagedSegmentWarning(streams) };
    const { types, rates } = await endInTime(context.signal, () => storeAmounts(options, context.now()));
    return { types: [...types].map(([type, amount]) => ({ type, ...amount })).sort(byEvents), rates };
  } finally {
    progress.stop();
  }
}

function byEvents(a: TypeStats, b: TypeStats): number {
  return b.events - a.events || (a.type < b.type ? -1 : 1);
}
