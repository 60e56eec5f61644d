import type { Command } from 'commander';
import { parseInstant } from '../../../core/duration.js';
import type { Manual, Start } from '../../shared/context.js';
import { parsed, reportFormat, reportFormatOption, settingOption } from '../../shared/options.js';
import { addSince, sinceOf, type SinceFlags } from '../../shared/time-options.js';
import type { StatsOptions } from './options.js';

interface StatsFlags extends SinceFlags {
  by?: string;
  until?: string;
  format?: string;
}

/** `telemetry stats` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('stats')
    .summary('how much is in the store, and who serves it')
    .description(
      'Prints how many events and bytes the store holds, by type, their age, the rate at which they come in, and its ' +
        'server. With --by, counts events by a column instead.',
    )
    .option('--by <column>', 'count events by type, service, stream, or any other column');
  addSince(command, 'with --by, only events since')
    .option('--until <time>', 'with --by, only events before')
    .addOption(settingOption('store'))
    .addOption(reportFormatOption());
  command.action(async () => {
    const flags = command.opts<StatsFlags>();
    const context = await start(command.optsWithGlobals());
    const since = sinceOf(flags, context.now());
    const until = parsed('--until', flags.until, text => parseInstant(text, context.now()));
    const isBounded = since !== undefined || until !== undefined;
    const options: StatsOptions = {
      store: context.settings.get('store'),
      by: flags.by ?? (isBounded ? 'type' : undefined),
      since,
      until,
      format: reportFormat(flags.format, context.streams),
    };
    const { run } = await import('./run.js');
    await run(options, context);
  });
  return {
    command,
    examples: [
      { line: 'telemetry stats', purpose: 'A summary of the store' },
      { line: 'telemetry stats --by service --since 1h', purpose: 'Which services sent in the last hour' },
      { line: 'telemetry stats --by stream', purpose: 'Where the events came from' },
      { line: 'telemetry stats --format json', purpose: 'The same for a script' },
    ],
    notes: ['--since and --until without --by count by type.'],
  };
}
