import { readServerFile } from '../../../client/server-file.js';
import { storeStatistics } from '../../../store/journal/statistics.js';
import { countByColumn, type EventGroup } from '../../../query/report/event-groups.js';
import { storeAmounts } from '../../../query/report/store-amounts.js';
import type { Row } from '../../../core/result.js';
import { rowsOf } from '../../../query/result/rows.js';
import { render } from '../../../render/formats.js';
import { readRemoteStates, type RemoteState } from '../../../store/catalog/remote-state.js';
import { openForReading } from '../../../store/database/store.js';
import type { Context } from '../../shared/context.js';
import { endInTime } from '../../shared/forced-end.js';
import { damagedSegmentWarning } from '../../shared/damaged-segment-warning.js';
import { printReport, rowsOfJson } from '../../shared/report.js';
import type { StatsOptions } from './options.js';
import { groupsJson, groupsTable, overview, type Stats, statsJson, type TypeStats, typesTable } from './report.js';

/** Prints an overview of the store, or event counts by a column. */
export async function run(options: StatsOptions, context: Context): Promise<void> {
  if (options.remote !== undefined) return countRemote(options.remote, options, context);
  if (options.by !== undefined) return countBy(options.by, options, context);
  const { store, format } = options;
  const { streams } = context;
  const statistics = storeStatistics(store);
  const stats: Stats = {
    store,
    server: readServerFile(store),
    statistics,
    remotes: remotesOf(store),
    ...(await countEvents(store, context)),
  };
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

function remotesOf(store: string): RemoteState[] {
  const db = openForReading(store);
  try {
    return readRemoteStates(db);
  } finally {
    db.close();
  }
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
        readyStores: context.readyStores,
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

/** Prints the events that a remote has, by type. */
async function countRemote(name: string, { store, format }: StatsOptions, context: Context): Promise<void> {
  const { streams, signal } = context;
  const { columns, color } = streams;
  const isTable = format === 'table';
  const { openRemoteSource } = await import('../../shared/remote-source.js');
  const remote = await openRemoteSource(store, name, signal);
  let rows: readonly Row[];
  try {
    rows = await rowsOf(
      await remote.query(remote.statsSql, {
        timezone: isTable ? Intl.DateTimeFormat().resolvedOptions().timeZone : 'UTC',
        time: isTable ? 'readable' : 'iso',
      }),
    );
  } finally {
    await remote.close();
  }
  const groups = rows.map(([value, events, first, last]) => ({
    value: value ?? null,
    events: Number(events),
    first: first ?? '',
    last: last ?? '',
  }));
  await printReport(format, context, {
    table: () => render('table', groupsTable('type', groups), text => streams.out.write(text), { columns, color }),
    json: groupsJson('type', groups),
  });
}

/** Counts the events of the journal and of the last hour, the only part that reads events. */
async function countEvents(dir: string, context: Context): Promise<Pick<Stats, 'types' | 'rates'>> {
  const progress = await context.streams.progress('counting events');
  try {
    const { signal, readyStores, streams } = context;
    const options = { dir, signal, readyStores, onDamaged: damagedSegmentWarning(streams) };
    const { types, rates } = await endInTime(context.signal, () => storeAmounts(options, context.now()));
    return { types: [...types].map(([type, amount]) => ({ type, ...amount })).sort(byEvents), rates };
  } finally {
    progress.stop();
  }
}

function byEvents(a: TypeStats, b: TypeStats): number {
  return b.events - a.events || (a.type < b.type ? -1 : 1);
}
