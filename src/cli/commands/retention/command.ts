import { Argument } from 'commander';
import type { Command } from 'commander';
import { TelemetryError } from '../../../core/errors.js';
import { bytes } from '../../config/values.js';
import type { Manual, Start } from '../../shared/context.js';
import { byOption, parsed, reportFormat, reportFormatOption, settingOption } from '../../shared/options.js';
import { ACTIONS, type RetentionOptions } from './options.js';

interface RetentionFlags {
  maxSize?: string;
  by?: RetentionOptions['by'];
  replace?: boolean;
  dryRun?: boolean;
  format?: string;
}

/** `telemetry retention` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('retention')
    .summary('say how long events are kept')
    .description(
      'Shows, sets, clears and runs the retention policy of a store: how old events of each type may become, and how ' +
        'much the store may take on the disk. Without one, nothing is ever removed unasked.',
    )
    .addArgument(new Argument('[action]', 'what to do (default: show)').choices(ACTIONS))
    .argument('[ages]', 'for set: how old events may become by type, such as metric=180d,*=90d; for clear: types')
    .addOption(settingOption('store'))
    .option('--max-size <size>', 'for set: the most that the store may take on the disk, such as 10GB, or none')
    .addOption(byOption())
    .option('--replace', 'for set: forget what the policy said before')
    .option('--dry-run', 'for run: print what would be removed, and remove nothing')
    .addOption(reportFormatOption());
  command.action(async (action: RetentionOptions['action'] | undefined, ages: string | undefined) => {
    const flags = command.opts<RetentionFlags>();
    const asked = action ?? 'show';
    check(asked, ages, flags);
    const context = await start(command.optsWithGlobals());
    const options: RetentionOptions = {
      action: asked,
      ages,
      maxSize: flags.maxSize === 'none' ? null : parsed('--max-size', flags.maxSize, bytes),
      by: flags.by,
      replaces: flags.replace === true,
      dryRun: flags.dryRun === true,
      store: context.settings.get('store'),
      format: reportFormat(flags.format, context.streams),
    };
    const { run } = await import('./run.js');
    await run(options, context);
  });
  return {
    command,
    examples: [
      {
        line: `telemetry retention set 'metric=180d,trace=30d,log=14d,*=90d' --max-size 10GB`,
        purpose: 'Keep each type for so long, all others for a quarter',
      },
      { line: 'telemetry retention', purpose: 'Show the policy' },
      { line: 'telemetry retention set log=7d', purpose: 'Change the age of one type; the rest stays' },
      { line: 'telemetry retention run --dry-run', purpose: 'What would go, by type' },
      { line: 'telemetry retention clear', purpose: 'Keep everything' },
    ],
    notes: [
      'set changes what it names and prints the policy with what it was before; --replace sets a whole new policy. clear with types, such as clear log,trace, takes their ages back, --max-size none the bound on the size. The policy is kept in the store. * stands for every type that is not named; without it they are kept. Ages are told by when events were received, with --by time by their own time.',
      'telemetry serve applies the policy a minute after its start and then every hour (--retention-every), says in a line what it removed and counts it in /metrics. It waits while more events come in than it can seal, an hour at most. Without a server, telemetry retention run applies it.',
      '--max-size counts the whole directory of the store. The oldest segments go first; events received on the newest day stay, and if they alone are too much, that is said.',
    ],
  };
}

function check(action: RetentionOptions['action'], ages: string | undefined, flags: RetentionFlags): void {
  if (flags.dryRun && action !== 'run') throw new TelemetryError('usage', '--dry-run is for `telemetry retention run`');
  if (action === 'set') {
    if (ages !== undefined || flags.maxSize !== undefined || (flags.by !== undefined && !flags.replace)) return;
    throw new TelemetryError('usage', '`telemetry retention set` needs ages or --max-size', {
      remedy: `Write it like telemetry retention set 'log=14d,*=90d'. To keep everything: telemetry retention clear.`,
    });
  }
  if (ages !== undefined && action !== 'clear') {
    throw new TelemetryError('usage', `\`telemetry retention ${action}\` takes no ages`);
  }
  if (flags.maxSize !== undefined || flags.by !== undefined) {
    throw new TelemetryError('usage', '--max-size and --by are for `telemetry retention set`');
  }
  if (flags.replace) throw new TelemetryError('usage', '--replace is for `telemetry retention set`');
}
