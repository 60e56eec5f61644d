import type { Command } from 'commander';
import type { Manual, Start } from '../../shared/context.js';
import { reportFormatOption, settingOption, reportFormat } from '../../shared/options.js';

/** `telemetry config` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('config')
    .summary('the settings, and where each comes from')
    .description('Prints every setting, its value, and where the value comes from. Secrets are printed as ***.')
    .addOption(settingOption('store'))
    .addOption(reportFormatOption());
  command.action(async () => {
    const { format } = command.opts<{ format?: string }>();
    // --format is this command's own: it is not the setting of that name.
    const { store } = command.optsWithGlobals<{ store?: string }>();
    const context = await start({ store });
    const { run } = await import('./run.js');
    await run({ format: reportFormat(format, context.streams) }, context);
  });
  return {
    command,
    examples: [
      { line: 'telemetry config', purpose: 'Every setting and its origin' },
      { line: 'TELEMETRY_PORT=9000 telemetry config --format json', purpose: 'With a variable set' },
    ],
    notes: [
      "A setting is taken from the first of: a flag, its variable, the telemetry.config.json nearest to the working directory, telemetry/telemetry.config.json in the user's config directory, the default. A relative path in a file is relative to that file.",
    ],
  };
}
