import { Argument, Option, type Command } from 'commander';
import { TelemetryError } from '../../../core/errors.js';
import type { Manual, Start } from '../../shared/context.js';
import { reportFormatOption, settingOption, reportFormat } from '../../shared/options.js';
import { filterOption, whereOf, type WhereFlags } from '../../shared/where-option.js';
import { ACTIONS, type IndexOptions } from './options.js';

/** `telemetry index` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('index')
    .summary('make, list and drop indexes on payload fields')
    .description(
      'Makes, lists and drops indexes on attributes of the events in telemetry.db. They are for stores of ' +
        'serve --archive none: queries for single values find their events without reading all the others.',
    )
    .addArgument(new Argument('<action>', 'what to do').choices(ACTIONS))
    .argument('[keys...]', 'the attributes to index, or to drop the indexes of')
    .addOption(settingOption('store'))
    .addOption(new Option('--where <condition>', 'index only events that meet this SQL condition'))
    .addOption(filterOption())
    .addOption(reportFormatOption());
  command.action(async (action: IndexOptions['action'], attributes: string[]) => {
    const { format, ...conditions } = command.opts<WhereFlags & { format?: string }>();
    const where = whereOf(conditions);
    const { store } = command.optsWithGlobals<{ store?: string }>();
    if (action === 'list' && attributes.length > 0) {
      throw new TelemetryError('usage', '`telemetry index list` takes no attribute', { remedy: 'It prints all.' });
    }
    if (action !== 'list' && attributes.length === 0) {
      throw new TelemetryError('usage', `\`telemetry index ${action}\` needs an attribute`, {
        remedy: `Write it like telemetry index ${action} trace.traceId; telemetry schema prints the attributes.`,
      });
    }
    if (where !== undefined && action !== 'add') {
      throw new TelemetryError('usage', '--where is for `telemetry index add`');
    }
    const context = await start({ store });
    const { run } = await import('./run.js');
    const options = { action, attributes, where, store: context.settings.get('store') };
    await run({ ...options, format: reportFormat(format, context.streams) }, context);
  });
  return {
    command,
    examples: [
      { line: 'telemetry index add trace.traceId actorId', purpose: 'Find events by either' },
      { line: `telemetry index add status --where "type = 'log'"`, purpose: 'A smaller one, of the logs' },
      { line: 'telemetry index list', purpose: 'What there is' },
      { line: 'telemetry index drop actorId', purpose: 'One is no longer wanted' },
    ],
    notes: [
      'A query uses an index where it compares the attribute with constants by =, IN (a few), <, <=, >, >= or BETWEEN, whatever else it asks with AND; telemetry query --explain names the indexes used. A partial index is used where the query has the conditions of its --where as well, and not once their attributes have had other kinds of values than when it was made: drop it and add it again. Where an index finds more than 200,000 events, all are read.',
      'Each index makes every event a little slower to store, and holds up the server while it is made, some two seconds for each million events; with more than two million events, stop the server first.',
      'In --where, conditions that an index could be used for are joined by AND; type = NAME is one, too.',
    ],
  };
}
