import type { Command } from 'commander';
import type { Manual, Start } from '../../context.js';
import { reportFormatOption, settingOption, reportFormat } from '../../options.js';
import type { ReportFormat } from '../../shared/report.js';

/** What `telemetry stats` was asked for, settings included. */
export interface StatsOptions {
  readonly store: string;
  /** Already decided: table on a terminal, else json, unless --format was given. */
  readonly format: ReportFormat;
}

/** `telemetry stats` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('stats')
    .summary('how much is in the store')
    .description(
      'Prints how many events and bytes the store holds, by type, their age, and the rate at which they come in.',
    )
    .addOption(settingOption('store'))
    .addOption(reportFormatOption());
  command.action(async () => {
    const { format } = command.opts<{ format?: string }>();
    const context = await start(command.optsWithGlobals());
    const { run } = await import('./run.js');
    await run({ store: context.settings.get('store'), format: reportFormat(format, context.streams) }, context);
  });
  return {
    command,
    examples: [
      { line: 'telemetry stats', purpose: 'A summary of the store' },
      { line: 'telemetry stats --format json', purpose: 'The same for a script' },
    ],
  };
}
