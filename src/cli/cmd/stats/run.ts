import { readServerFile } from '../../../client/server-file.js';
import { diskUsage } from '../../../journal/disk.js';
import { journalStatistics } from '../../../journal/statistics.js';
import { rowsOf } from '../../../query/rows.js';
import { openSession } from '../../../query/session.js';
import { render } from '../../../render/formats.js';
import type { Context } from '../../context.js';
import { damageNote } from '../../damage-note.js';
import type { StatsOptions } from './command.js';
import { overview, type Stats, statsJson, type TypeStats, typesTable } from './report.js';

export async function run({ store, format }: StatsOptions, context: Context): Promise<void> {
  const { streams } = context;
  const journal = journalStatistics(store, context.now());
  const types = await countTypes(store, context);
  const stats: Stats = { store, server: readServerFile(store), journal, types, diskBytes: diskUsage(store) };
  const write = (text: string): Promise<void> => streams.out.write(text);
  if (format === 'json') return write(statsJson(stats));
  const { columns, color } = streams;
  await write(overview(stats));
  if (types.length > 0) await render('table', typesTable(types), write, { columns, color, footer: false });
}

/** The one part that has to read every event. */
async function countTypes(dir: string, { streams, signal }: Context): Promise<TypeStats[]> {
  const progress = await streams.progress('counting events');
  try {
    const session = await openSession({ dir, signal, onDamaged: damageNote(streams) });
    try {
      const result = await session.query(
        `select type, count(*) as events, sum(strlen(payload::varchar)) from events group by type order by events desc, type`,
      );
      const rows = await rowsOf(result);
      return rows.map(([type, events, bytes]) => ({ type: type ?? '', events: Number(events), bytes: Number(bytes) }));
    } finally {
      session.close();
    }
  } finally {
    progress.stop();
  }
}
