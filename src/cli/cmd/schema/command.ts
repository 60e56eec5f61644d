import type { Command } from 'commander';
import type { Manual, Start } from '../../context.js';
import { formatOption, settingOption, tableOrJson } from '../../options.js';

/** What `telemetry schema` was asked for, settings included. */
export interface SchemaOptions {
  readonly store: string;
  /** Already decided: table on a terminal, else json, unless --format was given. */
  readonly format: 'table' | 'json';
}

/** `telemetry schema` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('schema')
    .summary('the tables and columns to query')
    .description(
      'Prints the tables that a query sees, their columns and types, how often each attribute occurs, and an example of its values.',
    )
    .addOption(settingOption('store'))
    .addOption(formatOption(['table', 'json']));
  command.action(async () => {
    const { format } = command.opts<{ format?: string }>();
    const context = await start(command.optsWithGlobals());
    const { run } = await import('./run.js');
    await run({ store: context.settings.get('store'), format: tableOrJson(format, context.streams) }, context);
  });
  return {
    command,
    examples: [
      { line: 'telemetry schema', purpose: 'What there is to query' },
      { line: 'telemetry schema --format json', purpose: 'The same for a program' },
    ],
  };
}
