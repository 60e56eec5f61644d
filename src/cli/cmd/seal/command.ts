import type { Command } from 'commander';
import type { ArchiveTuning } from '../../../core/limits.js';
import type { Manual, Start } from '../../context.js';
import { formatOption, settingOption, tableOrJson } from '../../options.js';

/** What `telemetry seal` was asked for, settings included. */
export interface SealOptions extends Pick<ArchiveTuning, 'memory' | 'threads'> {
  readonly store: string;
  /** Already decided: table on a terminal, else json, unless --format was given. */
  readonly format: 'table' | 'json';
}

/** `telemetry seal` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('seal')
    .summary('move events from the journal into the archive now')
    .description(
      'Seals every event of the journal into the archive, where it takes a fraction of the space and is read faster, ' +
        'and gives the room of the journal back. A server does this by itself; both may run at once.',
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
    examples: [
      { line: 'telemetry seal', purpose: 'Seal what has not been sealed yet' },
      { line: 'telemetry seal && telemetry compact', purpose: 'Make a store as small as it gets, to copy it' },
    ],
    notes: [
      'No event is lost or doubled if it is interrupted or killed: what it has not finished stays in the journal, and the next one starts from there.',
    ],
  };
}
