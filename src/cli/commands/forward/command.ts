import type { Command } from 'commander';
import type { Manual, Start } from '../../shared/context.js';
import { reportFormat, reportFormatOption, settingOption } from '../../shared/options.js';
import type { ForwardCommandOptions } from './options.js';

interface ForwardFlags {
  readonly untilCurrent?: true;
  readonly format?: string;
}

/** `telemetry forward` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('forward')
    .summary('forward events to a remote without a server')
    .description(
      'Forwards the events of a store to one of its remotes, from where it stopped. A running server does this on its own; ' +
        'while it forwards to the same remote, this command waits for it.',
    )
    .argument('<name>', 'name of the remote')
    .addOption(settingOption('store'))
    .option('--until-current', 'exit once the remote has all events stored so far; fail when it cannot be reached')
    .addOption(reportFormatOption());
  command.action(async (name: string) => {
    const flags = command.opts<ForwardFlags>();
    const context = await start(command.optsWithGlobals());
    const options: ForwardCommandOptions = {
      name,
      untilCurrent: flags.untilCurrent === true,
      store: context.settings.get('store'),
      format: reportFormat(flags.format, context.streams),
    };
    const { run } = await import('./run.js');
    await run(options, context);
  });
  return {
    command,
    examples: [
      { line: 'telemetry forward team --until-current', purpose: 'Forward all waiting events, for a script or cron' },
      { line: 'telemetry forward team', purpose: 'Keep forwarding until Ctrl-C' },
    ],
    notes: [
      'Without --until-current, it forwards new events as they arrive and retries failures until it is interrupted. After any stop, even kill -9, the next run continues; docs/forwarding/ states the delivery guarantee of each kind of remote.',
      'It fails for a paused remote.',
    ],
  };
}
