import type { Command } from 'commander';
import type { Manual, Start } from '../../shared/context.js';
import { addLookOptions, lookOptions, type LookFlags } from '../../shared/look-options.js';
import type { FacetsOptions } from './options.js';

/** Values of each attribute that are printed by default. */
const USUAL_LIMIT = 5;

/** `telemetry facets` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('facets')
    .summary('show the most frequent values of each attribute')
    .description(
      'Counts the values of every attribute over all events, and prints the most frequent ones with their shares. ' +
        'Numbers with many values are counted in ranges between quantiles.',
    )
    .argument('[attributes...]', 'only these attributes (default: all but ids and those of one value)');
  addLookOptions(
    command,
    'only events for which this condition is true',
    `values of each attribute; 0 for all (default: ${USUAL_LIMIT})`,
  ).option('--verbose', 'also list the attributes that are left out, and why');
  command.action(async (attributes: readonly string[]) => {
    const flags = command.opts<LookFlags & { verbose?: boolean }>();
    const context = await start(command.optsWithGlobals());
    const options: FacetsOptions = {
      ...lookOptions(flags, USUAL_LIMIT, context),
      attributes,
      isVerbose: flags.verbose === true,
    };
    const { run } = await import('./run.js');
    await run(options, context);
  });
  return {
    command,
    examples: [
      { line: 'telemetry facets', purpose: 'Show what the events consist of' },
      { line: `telemetry facets --since 1h --where "severity = 'ERROR'"`, purpose: 'Show the errors of the last hour' },
      { line: 'telemetry facets service http.route -n 20', purpose: 'Show the top 20 services and routes' },
    ],
    notes: [
      'Attributes without values, with one value, with mostly unique values (ids) and with more than 100,000 values are left out; --verbose and --format json list them, and an attribute that is named is shown whatever its values are. Ranges are of numbers with more than 50 values, between the quantiles 5, 25, 50, 75 and 95 %. --format json has the condition that selects the events of each value.',
    ],
  };
}
