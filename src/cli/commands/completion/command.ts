import { Argument, Option } from 'commander';
import type { Command } from 'commander';
import { TelemetryError } from '../../../core/errors.js';
import type { NameKind } from '../../../store/catalog/stored-names.js';
import type { Manual, Start } from '../../shared/context.js';
import { settingOption } from '../../shared/options.js';
import { SHELLS } from './options.js';

/** The kinds of names that the scripts ask for. */
const KINDS = ['columns', 'types', 'services', 'tokens', 'schemas'] as const satisfies readonly NameKind[];

/** `telemetry completion` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('completion')
    .summary('a script that completes commands in your shell')
    .description(
      'Prints a script that teaches a shell to complete the commands, options and values of telemetry, also columns, ' +
        'types, services and the names of tokens and schemas of the store.',
    )
    .addArgument(new Argument('[shell]', 'the shell').choices(SHELLS))
    .addOption(new Option('--values <kind>').choices(KINDS).hideHelp())
    .addOption(settingOption('store').hideHelp());
  command.action(async (shell: (typeof SHELLS)[number] | undefined) => {
    const { values } = command.opts<{ values?: NameKind }>();
    const { store } = command.optsWithGlobals<{ store?: string }>();
    if (shell === undefined && values === undefined) {
      throw new TelemetryError('usage', '`telemetry completion` needs a shell', {
        remedy: `Name one of ${SHELLS.join(', ')}.`,
      });
    }
    const context = await start({ store });
    const { run } = await import('./run.js');
    const options = shell === undefined ? { values: values!, store: context.settings.get('store') } : { shell };
    await run(options, program, context);
  });
  return {
    command,
    examples: [
      { line: 'source <(telemetry completion bash)', purpose: 'For this bash' },
      { line: 'telemetry completion zsh > "${fpath[1]}/_telemetry"', purpose: 'For every zsh from now on' },
      { line: 'telemetry completion fish > ~/.config/fish/completions/telemetry.fish', purpose: 'For every fish' },
    ],
    notes: [
      'Names come from the store that --store on the same line names, else from the one of the settings. A name with characters that mean something to a shell is left out.',
    ],
  };
}
