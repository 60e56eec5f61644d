import type { Command } from 'commander';
import type { ArchiveTuning } from '../../../core/limits.js';
import type { Manual, Start } from '../../context.js';
import { formatOption, settingOption, tableOrJson } from '../../options.js';

/** What `telemetry verify` was asked for, settings included. */
export interface VerifyCommandOptions extends Pick<ArchiveTuning, 'memory' | 'threads'> {
  readonly store: string;
  readonly deep: boolean;
  readonly repair: boolean;
  /** Already decided: table on a terminal, else json, unless --format was given. */
  readonly format: 'table' | 'json';
}

/** `telemetry verify` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('verify')
    .summary('check the store for damage')
    .description(
      'Compares every segment of the archive with the catalog (there, size, checksum, events), and checks the database. ' +
        'Exits with 1 when it finds something. Works beside a running server.',
    )
    .addOption(settingOption('store'))
    .addOption(settingOption('archiveMemory'))
    .addOption(settingOption('archiveThreads'))
    .option('--deep', 'also rebuild every payload and compare what is stored beside it')
    .option('--repair', 'set damaged segments aside, and take back those that can be read again; nothing is deleted')
    .addOption(formatOption(['table', 'json']));
  command.action(async () => {
    const { format, deep, repair } = command.opts<{ format?: string; deep?: boolean; repair?: boolean }>();
    const context = await start(command.optsWithGlobals());
    const { settings, streams } = context;
    const { run } = await import('./run.js');
    await run(
      {
        store: settings.get('store'),
        memory: settings.get('archiveMemory'),
        threads: settings.get('archiveThreads'),
        deep: deep === true,
        repair: repair === true,
        format: tableOrJson(format, streams),
      },
      context,
    );
  });
  return {
    command,
    examples: [
      { line: 'telemetry verify', purpose: 'Is every file what was sealed?' },
      { line: 'telemetry verify --deep', purpose: 'Can every event be rebuilt as it was sent?' },
      { line: 'telemetry verify --repair', purpose: 'Set aside what is damaged' },
    ],
    notes: [
      'Queries leave out a segment that they find damaged, say which on standard error, and answer from the rest with exit code 0. --repair moves its file to archive/damaged, so that they no longer try it; they still say that it is missing. Put an intact copy back in either place and run --repair again, and its events are there again.',
    ],
  };
}
