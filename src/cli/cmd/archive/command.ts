import { Argument, Option, type Command } from 'commander';
import { ARCHIVE_KINDS, COMPRESSIONS, type ArchiveKindName, type Compression } from '../../../core/archive-kind.js';
import { TelemetryError } from '../../../core/errors.js';
import type { ArchiveTuning } from '../../../core/limits.js';
import type { Manual, Start } from '../../context.js';
import { formatOption, settingOption } from '../../options.js';

/** What `telemetry archive` can do. */
const ACTIONS = ['convert'] as const;

/** What `telemetry archive convert` was asked for, settings included. */
export interface ConvertOptions extends Pick<ArchiveTuning, 'memory' | 'threads'> {
  readonly store: string;
  readonly to: ArchiveKindName;
  /** Of the new files; undefined leaves what the store has. */
  readonly compression: Compression | undefined;
  readonly format: string | undefined;
}

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
    .addOption(settingOption('store'))
    .addOption(new Option('--to <kind>', `what to move to: ${ARCHIVE_KINDS.join(', ')}`).choices(ARCHIVE_KINDS))
    .addOption(
      new Option(
        '--compression <name>',
        'how ndjson and csv files are compressed (default: what the store has)',
      ).choices(COMPRESSIONS),
    )
    .addOption(formatOption(['table', 'json']))
    .addOption(settingOption('archiveMemory'))
    .addOption(settingOption('archiveThreads'));
  command.action(async () => {
    const { to, compression, format } = command.opts<{
      to?: ArchiveKindName;
      compression?: Compression;
      format?: string;
    }>();
    if (to === undefined) {
      throw new TelemetryError('usage', '`telemetry archive convert` needs the kind to convert to', {
        remedy: `Add --to with one of ${ARCHIVE_KINDS.join(', ')}.`,
      });
    }
    const { store, archiveMemory, archiveThreads } = command.optsWithGlobals<Record<string, string | undefined>>();
    const context = await start({ store, archiveMemory, archiveThreads });
    const { settings } = context;
    const { run } = await import('./run.js');
    await run(
      {
        store: settings.get('store'),
        to,
        compression,
        format,
        memory: settings.get('archiveMemory'),
        threads: settings.get('archiveThreads'),
      },
      context,
    );
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
      'ndjson: archive/DAY/*.ndjson.zst, an object a line with id, stream_id, received_at and the payload as it was sent; an event that was sent over several lines has its bytes in "sent". csv: archive/DAY/*.csv, a header each, the payload last. duckdb: archive/events.duckdb, which is open for a moment at each write only.',
    ],
  };
}
