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
    .summary('set how long events are kept')
    .description(
      'Shows, sets, clears and applies the retention policy of a store: a maximum age per event type, and a maximum ' +
        'size of the store on disk. Without a policy, events are kept until you remove them.',
    )
    .addArgument(new Argument('[action]', 'action (default: show)').choices(ACTIONS))
    .argument('[ages]', 'for set: maximum ages by type, such as metric=180d,*=90d, or classic; for clear: types')
    .addOption(settingOption('store'))
    .option('--max-size <size>', 'for set: maximum size of the store on disk, such as 10GB, or none')
    .addOption(byOption())
    .option('--replace', 'for set: replace the whole policy')
    .option('--dry-run', 'for run: print the events to remove, but remove nothing')
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
        purpose: 'Set an age per type, and one for all others',
      },
      { line: 'telemetry retention set classic', purpose: 'Keep metrics 180 days, traces 30, all others 90' },
      { line: 'telemetry retention', purpose: 'Show the policy' },
      {
        line: `telemetry retention set 'log=14d->hourly'`,
        purpose: 'Bring a cube up to date before logs are removed',
      },
      { line: 'telemetry retention set log=7d', purpose: 'Change the age of one type' },
      { line: 'telemetry retention run --dry-run', purpose: 'Preview the events to remove, by type' },
      { line: 'telemetry retention clear', purpose: 'Keep all events' },
    ],
    notes: [
      'set changes the given parts of the policy and prints the policy with the previous values; --replace sets a new policy. clear with types, such as clear log,trace, removes their ages; set --max-size none removes the size limit. The policy is stored in the store. * applies to all types that are not listed; without it they are kept. Ages count from when events were received, or from their own time with --by time.',
      'telemetry serve applies the policy one minute after it starts and then every hour (--retention-every), logs what it removed in one line and counts it in /metrics. It waits while events arrive faster than it can seal them, for at most an hour. Without a server, telemetry retention run applies the policy.',
      '--max-size covers the whole store directory. The oldest segments are removed first; events received on the newest day are kept, with a warning if they alone exceed the limit.',
    ],
  };
}

function check(action: RetentionOptions['action'], ages: string | undefined, flags: RetentionFlags): void {
  if (flags.dryRun && action !== 'run') throw new TelemetryError('usage', '--dry-run is for `telemetry retention run`');
  if (action === 'set') {
    if (ages !== undefined || flags.maxSize !== undefined || (flags.by !== undefined && !flags.replace)) return;
    throw new TelemetryError('usage', '`telemetry retention set` needs ages or --max-size', {
      remedy: `Write it like telemetry retention set 'log=14d,*=90d'. To keep all events: telemetry retention clear.`,
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
