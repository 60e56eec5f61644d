import { Argument, Option } from 'commander';
import type { Command } from 'commander';
import { TelemetryError } from '../../../core/errors.js';
import type { NameKind } from '../../../store/catalog/stored-names.js';
import type { Manual, Start } from '../../shared/context.js';
import { settingOption } from '../../shared/options.js';
import { SHELLS } from './options.js';

/** The kinds of names that the scripts query. */
const KINDS: Readonly<Record<NameKind, true>> = {
  columns: true,
  types: true,
  services: true,
  tokens: true,
  schemas: true,
  views: true,
  cubes: true,
  alerts: true,
  queries: true,
};

/** `telemetry completion` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('completion')
    .summary('print a completion script for your shell')
    .description(
      'Prints a script that completes commands, options and values of telemetry, including columns, types, services, ' +
        'tokens, schemas and views of the store.',
    )
    .addArgument(new Argument('[shell]', 'the shell').choices(SHELLS))
    .addOption(new Option('--values <kind>').choices(Object.keys(KINDS)).hideHelp())
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
      { line: 'source <(telemetry completion bash)', purpose: 'Complete in this bash' },
      { line: 'telemetry completion zsh > "${fpath[1]}/_telemetry"', purpose: 'Install for zsh' },
      { line: 'telemetry completion fish > ~/.config/fish/completions/telemetry.fish', purpose: 'Install for fish' },
    ],
    notes: [
      'Names come from the store of --store on the same line, else from that of the settings. Names with shell metacharacters are omitted.',
    ],
  };
}
