import type { Command } from 'commander';
import type { ArchiveTuning } from '../../../core/limits.js';
import type { Manual, Start } from '../../context.js';
import { formatOption, settingOption, tableOrJson } from '../../options.js';

/** What `telemetry compact` was asked for, settings included. */
export interface CompactOptions extends Pick<ArchiveTuning, 'memory' | 'threads'> {
  readonly store: string;
  /** Already decided: table on a terminal, else json, unless --format was given. */
  readonly format: 'table' | 'json';
}

/** `telemetry compact` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('compact')
    .summary('merge the segments of the archive into few')
    .description(
      'Merges the segments of each day and type into as few as there can be: fewer files are smaller and are opened ' +
        'faster. A server does this by itself, bit by bit; both may run at once.',
    )
    .addOption(settingOption('store'))
    .addOption(settingOption('archiveMemory'))
    .addOption(settingOption('archiveThreads'))
    .addOption(formatOption(['table', 'json']));
  command.action(async () => {
    const { format } = command.opts<{ format?: string }>();
    const context = await start(command.optsWithGlobals());
    const { settings, streams } = context;
    const { run } = await import('./run.js');
    await run(
      {
        store: settings.get('store'),
        memory: settings.get('archiveMemory'),
        threads: settings.get('archiveThreads'),
        format: tableOrJson(format, streams),
      },
      context,
    );
  });
  return {
    command,
    examples: [{ line: 'telemetry compact', purpose: 'Merge what can be merged' }],
    notes: [
      'Files that a query still reads are removed once it has ended. If it is interrupted or killed, the segments are those of before or those of after, never both.',
    ],
  };
}
