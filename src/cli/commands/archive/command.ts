import { Argument, Option, type Command } from 'commander';
import { ARCHIVE_KINDS, COMPRESSIONS, type ArchiveKindName, type Compression } from '../../../core/archive-kind.js';
import { TelemetryError } from '../../../core/errors.js';
import { addArchiveOptions, startArchiveCommand } from '../../shared/archive-command.js';
import type { Manual, Start } from '../../shared/context.js';

/** The actions of `telemetry archive`. */
const ACTIONS = ['convert'] as const;

/** `telemetry archive` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('archive')
    .summary('convert the archive to another format')
    .description(
      'Converts all sealed events to another archive format, which also applies to events sealed later. ' +
        'A server may run meanwhile; queries see each event exactly once at any time.',
    )
    .addArgument(new Argument('<action>', 'action').choices(ACTIONS))
    .addOption(new Option('--to <kind>', `new format: ${ARCHIVE_KINDS.join(', ')}`).choices(ARCHIVE_KINDS))
    .addOption(
      new Option('--compression <name>', 'compression of ndjson and csv files (default: that of the store)').choices(
        COMPRESSIONS,
      ),
    );
  addArchiveOptions(command).action(async () => {
    const { to, compression } = command.opts<{ to?: ArchiveKindName; compression?: Compression }>();
    if (to === undefined) {
      throw new TelemetryError('usage', '`telemetry archive convert` needs a format', {
        remedy: `Add --to with one of ${ARCHIVE_KINDS.join(', ')}.`,
      });
    }
    const { options, context } = await startArchiveCommand(command, start);
    const { run } = await import('./run.js');
    await run({ ...options, to, compression }, context);
  });
  return {
    command,
    examples: [
      {
        line: 'telemetry archive convert --to ndjson',
        purpose: 'Convert to compressed NDJSON files, for other programs',
      },
      { line: 'telemetry archive convert --to csv --compression zstd', purpose: 'Convert to compressed CSV files' },
      { line: 'telemetry archive convert --to none', purpose: 'Move all events back into telemetry.db' },
    ],
    notes: [
      'Each segment is converted atomically. The conversion can be interrupted at any time and resumes when it is run again. A conversion to none switches over in one last step, and nothing is sealed or pruned until then.',
      'A conversion to the current format rewrites segments of older versions in the newest one, which is smaller.',
      'ndjson: archive/DAY/*.ndjson.zst, one object per line with id, stream_id, received_at and the payload as sent; "sent" holds the bytes of an event that was sent over several lines. csv: archive/DAY/*.csv, each with a header, the payload as the last column. duckdb: archive/events.duckdb, open only briefly during each write.',
    ],
  };
}
