import type { Command } from 'commander';
import type { Manual, Start } from '../../shared/context.js';
import { reportFormatOption, settingOption, reportFormat } from '../../shared/options.js';

/** `telemetry config` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('config')
    .summary('print the settings and their sources')
    .description('Prints each setting with its value and the source of the value. Secrets are printed as ***.')
    .addOption(settingOption('store'))
    .addOption(reportFormatOption());
  command.action(async () => {
    const { format } = command.opts<{ format?: string }>();
    // --format is an option of this command here, not the setting of that name.
    const { store } = command.optsWithGlobals<{ store?: string }>();
    const context = await start({ store });
    const { run } = await import('./run.js');
    await run({ format: reportFormat(format, context.streams) }, context);
  });
  return {
    command,
    examples: [
      { line: 'telemetry config', purpose: 'Print all settings' },
      { line: 'TELEMETRY_PORT=9000 telemetry config --format json', purpose: 'Print them with a variable set' },
    ],
    notes: [
      "Settings are looked up in this order; the first match wins: flag, environment variable, the nearest telemetry.config.json in the working directory or above it, telemetry/telemetry.config.json in the user's config directory, default. A relative path in a file is relative to that file.",
    ],
  };
}
