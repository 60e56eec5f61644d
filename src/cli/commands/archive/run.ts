import { chooseArchive } from '../../../store/archive/seal/choose-format.js';
import { convertArchive } from '../../../store/archive/maintain/convert.js';
import { TelemetryError } from '../../../core/errors.js';
import { openReader } from '../../../store/journal/reader.js';
import { archiveJob } from '../../shared/archive-job.js';
import type { Context } from '../../shared/context.js';
import { counted } from '../../shared/count.js';
import { printOutcome } from '../../shared/outcome.js';
import type { ConvertOptions } from './options.js';

const number = new Intl.NumberFormat('en-US');

/** Converts the archive and prints the number of converted events. */
export async function run(options: ConvertOptions, context: Context): Promise<void> {
  const { signal } = context;
  const { store, to, compression, format } = options;
  openReader(store).close();
  chooseArchive(store, { kind: undefined, compression }, () => undefined);
  let moved: number | undefined;
  try {
    moved = await archiveJob(options, context, `converting to ${to}`, (archive, report) =>
      convertArchive(archive, to, signal, ({ done, of }) =>
        report(`converted ${number.format(done)} of ${number.format(of)} events to ${to}`),
      ),
    );
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  if (moved === undefined) {
    throw new TelemetryError('interrupted', 'the conversion was interrupted', {
      remedy: 'Run it again to resume.',
    });
  }
  await printOutcome(format, context, {
    text: moved === 0 ? `the archive is ${to} already` : `moved ${counted(moved, 'event')} to ${to}`,
    json: { archive: to, moved_events: moved },
  });
}
