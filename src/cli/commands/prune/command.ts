import type { Command } from 'commander';
import type { Manual, Start } from '../../shared/context.js';
import {
  byOption,
  collect,
  commaList,
  reportFormatOption,
  parsed,
  settingOption,
  reportFormat,
} from '../../shared/options.js';
import { parseAge } from '../../shared/time-options.js';
import { filterOption, whereOf, type WhereFlags } from '../../shared/where-option.js';
import type { PruneOptions } from './options.js';

interface PruneFlags extends WhereFlags {
  keep?: string[];
  olderThan?: string;
  by?: PruneOptions['by'];
  dryRun?: boolean;
  yes?: boolean;
  format?: string;
}

/** `telemetry prune` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('prune')
    .summary('remove events and give their space back')
    .description(
      'Removes the events that every rule given picks out, and gives the disk space back. Works while the server runs.',
    )
    .addOption(settingOption('store'))
    .option('--keep <types>', 'remove no event of these types, comma-separated', collect)
    .option('--where <sql>', 'remove only events for which this SQL predicate is true')
    .addOption(filterOption())
    .option('--older-than <age>', 'remove only events received longer ago than this: 14d, 12h, yesterday')
    .addOption(byOption())
    .option('--dry-run', 'print what would be removed, and remove nothing')
    .option('-y, --yes', 'do not ask')
    .addOption(reportFormatOption());
  command.action(async () => {
    const flags = command.opts<PruneFlags>();
    const context = await start(command.optsWithGlobals());
    const options: PruneOptions = {
      store: context.settings.get('store'),
      keep: commaList(flags.keep ?? []),
      where: whereOf(flags),
      olderThan: parsed('--older-than', flags.olderThan, text => parseAge(text, context.now())),
      by: flags.by ?? 'received',
      dryRun: flags.dryRun === true,
      yes: flags.yes === true,
      format: reportFormat(flags.format, context.streams),
    };
    const { run } = await import('./run.js');
    await run(options, context);
  });
  return {
    command,
    examples: [
      { line: 'telemetry prune --keep metric --older-than 14d --dry-run', purpose: 'See what would go' },
      { line: 'telemetry prune --keep metric --yes', purpose: 'Keep only the metrics, and do not ask' },
      { line: `telemetry prune --where "type = 'log' and level = 'DEBUG'"`, purpose: 'Remove debug logs' },
    ],
    notes: [
      'At least one of --keep, --where and --older-than is needed. Without a terminal to ask on, --yes is too.',
      'Events that arrive once the plan is made stay, also while it waits for an answer. Segments whose every event goes are dropped without being read; the others are written anew. Files that a query still reads go once it has ended.',
      'Bytes are those of the payloads as sent. Where over a million sealed events go and others of their types stay, the plan gives them by their share.',
    ],
  };
}
