import { chooseArchive } from '../../../archive/choose.js';
import { convertArchive } from '../../../archive/convert.js';
import { TelemetryError } from '../../../core/errors.js';
import { openReader } from '../../../journal/reader.js';
import type { Context } from '../../context.js';
import { tableOrJson } from '../../options.js';
import type { ConvertOptions } from './command.js';

const number = new Intl.NumberFormat('en-US');

/** Converts, and says how many events that moved. */
export async function run(options: ConvertOptions, context: Context): Promise<void> {
  const { streams, signal } = context;
  const { store, to, compression, memory, threads, format } = options;
  openReader(store).close();
  chooseArchive(store, { kind: undefined, compression }, () => undefined);
  const progress = await streams.progress(`converting to ${to}`);
  let moved: number | undefined;
  try {
    moved = await convertArchive(
      { dir: store, memory, threads, now: () => context.now() * 1000 },
      to,
      signal,
      ({ done, of }) => progress.update(`converted ${number.format(done)} of ${number.format(of)} events to ${to}`),
    );
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    progress.stop();
  }
  if (moved === undefined) {
    throw new TelemetryError('interrupted', 'the conversion was interrupted', {
      remedy: 'Run it again: it goes on where it ended.',
    });
  }
  const what = moved === 0 ? `the archive is ${to} already` : `moved ${number.format(moved)} events to ${to}`;
  const json = JSON.stringify({ archive: to, moved_events: moved });
  await streams.out.write(`${tableOrJson(format, streams) === 'table' ? what : json}\n`);
}
