import type { Command } from 'commander';
import { parseInstant } from '../../../core/duration.js';
import type { Manual, Start } from '../../shared/context.js';
import { noServerOption, parsed, reportFormat, reportFormatOption, settingOption } from '../../shared/options.js';
import { refuseWithRemote, remoteOption } from '../../shared/remote-option.js';
import { addSince, sinceOf, type SinceFlags } from '../../shared/time-options.js';
import type { StatsOptions } from './options.js';

interface StatsFlags extends SinceFlags {
  by?: string;
  until?: string;
  remote?: string;
  format?: string;
}

/** `telemetry stats` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('stats')
    .summary('show the contents of the store and its server')
    .description(
      'Prints the number of events and bytes in the store, by type, their age, the event rate, and the server. ' +
        'With --by, counts events by a column instead; with --remote, the events that a remote has, by type.',
    )
    .option('--by <column>', 'count events by type, service, stream, or any other column');
  addSince(command, 'with --by, only events since')
    .option('--until <time>', 'with --by, only events before')
    .addOption(settingOption('store'))
    .addOption(noServerOption())
    .addOption(remoteOption())
    .addOption(reportFormatOption());
  command.action(async () => {
    const flags = command.opts<StatsFlags>();
    const context = await start(command.optsWithGlobals());
    if (flags.remote !== undefined) {
      const { by, since, last, until } = flags;
      refuseWithRemote(
        { '--by': by, '--since': since, '--last': last, '--until': until },
        { '--by': `Ask in SQL: telemetry query --remote ${flags.remote} "...".` },
      );
    }
    const since = sinceOf(flags, context.now());
    const until = parsed('--until', flags.until, text => parseInstant(text, context.now()));
    const isBounded = since !== undefined || until !== undefined;
    const options: StatsOptions = {
      store: context.settings.get('store'),
      remote: flags.remote,
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
      { line: 'telemetry stats', purpose: 'Summarize the store' },
      { line: 'telemetry stats --by service --since 1h', purpose: 'Count the events of the last hour by service' },
      { line: 'telemetry stats --by stream', purpose: 'Count events by origin' },
      { line: 'telemetry stats --remote team', purpose: 'Count the events that a remote has, by type' },
      { line: 'telemetry stats --format json', purpose: 'Print JSON, for a script' },
    ],
    notes: ['--since and --until without --by count by type.'],
  };
}
