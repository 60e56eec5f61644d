import { Argument, Option, type Command } from 'commander';
import { ARCHIVE_KINDS, COMPRESSIONS, type ArchiveKindName, type Compression } from '../../../core/archive-kind.js';
import { TelemetryError } from '../../../core/errors.js';
import { addArchiveOptions, startArchiveCommand } from '../../shared/archive-command.js';
import type { Manual, Start } from '../../shared/context.js';

/** What `telemetry archive` can do. */
const ACTIONS = ['convert'] as const;

/** `telemetry archive` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('archive')
    .summary('convert the archive to another kind')
    .description(
      'Moves all sealed events into an archive of another kind, and keeps that kind for what is sealed later. ' +
        'Beside a running server; queries see each event once all the time.',
    )
    .addArgument(new Argument('<action>', 'what to do').choices(ACTIONS))
    .addOption(new Option('--to <kind>', `what to move to: ${ARCHIVE_KINDS.join(', ')}`).choices(ARCHIVE_KINDS))
    .addOption(
      new Option(
        '--compression <name>',
        'how ndjson and csv files are compressed (default: what the store has)',
      ).choices(COMPRESSIONS),
    );
  addArchiveOptions(command).action(async () => {
    const { to, compression } = command.opts<{ to?: ArchiveKindName; compression?: Compression }>();
    if (to === undefined) {
      throw new TelemetryError('usage', '`telemetry archive convert` needs the kind to convert to', {
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
      { line: 'telemetry archive convert --to ndjson', purpose: 'Compressed NDJSON files, for other programs' },
      { line: 'telemetry archive convert --to csv --compression zstd', purpose: 'CSV files, compressed' },
      { line: 'telemetry archive convert --to none', purpose: 'All back into telemetry.db' },
    ],
    notes: [
      'Each segment is moved in one step, so that it can be ended at any time, and goes on when it is run again. To none, all segments are moved in one last step, and nothing is sealed or pruned until then.',
      'To the kind that the store has, segments of an older format are written again in the newest one, which is smaller.',
      'ndjson: archive/DAY/*.ndjson.zst, an object a line with id, stream_id, received_at and the payload as it was sent; an event that was sent over several lines has its bytes in "sent". csv: archive/DAY/*.csv, a header each, the payload last. duckdb: archive/events.duckdb, which is open for a moment at each write only.',
    ],
  };
}
