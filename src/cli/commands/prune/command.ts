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
  rollup?: string[];
  andCubes?: boolean;
  dropUnsent?: boolean;
  dryRun?: boolean;
  yes?: boolean;
  format?: string;
}

/** `telemetry prune` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('prune')
    .summary('remove events and free their disk space')
    .description(
      'Removes the events that match all given rules, and frees their disk space. A server may run meanwhile.',
    )
    .addOption(settingOption('store'))
    .option('--keep <types>', 'keep all events of these types, comma-separated', collect)
    .option('--where <sql>', 'remove only events for which this SQL predicate is true')
    .addOption(filterOption())
    .option('--older-than <age>', 'remove only events older than this: 14d, 12h, yesterday')
    .addOption(byOption())
    .option('--rollup <cubes>', 'refresh these cubes first, so that they count what is removed', collect)
    .option('--and-cubes', 'remove the events from cubes too, while the other events of their buckets are there')
    .option('--drop-unsent', 'also remove events that remotes have not received yet')
    .option('--dry-run', 'print the events to remove by type, but remove nothing')
    .option('-y, --yes', 'do not ask for confirmation')
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
      rollups: commaList(flags.rollup ?? []),
      andCubes: flags.andCubes === true,
      dropUnsent: flags.dropUnsent === true,
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
      { line: 'telemetry prune --keep metric --older-than 14d --dry-run', purpose: 'Preview a prune' },
      { line: 'telemetry prune --keep metric --yes', purpose: 'Remove all events but metrics, without confirmation' },
      {
        line: 'telemetry prune --older-than 30d --rollup hourly --yes',
        purpose: 'Remove old events, and keep what they were in a cube',
      },
      { line: `telemetry prune --where "type = 'log' and level = 'DEBUG'"`, purpose: 'Remove debug logs' },
    ],
    notes: [
      'Without --drop-unsent, prune removes no events that a remote has not received yet: it names the remotes and exits with 1. A dry run only names them.',
      'At least one of --keep, --where and --older-than is required, and --yes without a terminal.',
      'Events that arrive after the plan has been made are kept, even while the command waits for an answer. Segments whose events are all removed are deleted without being read; the others are rewritten. Files that a query is reading are removed once it ends.',
      'A bucket of a cube that loses events is frozen: it keeps its rows, which still count them, and is not computed again. The plan says which buckets keep some of their events. With --and-cubes they are computed again from the events that are left, unless they were frozen before.',
      'Bytes are payload bytes as sent. When more than a million sealed events are removed and others of the same types are kept, the plan estimates their bytes.',
    ],
  };
}
