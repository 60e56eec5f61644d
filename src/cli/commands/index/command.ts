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
    .summary('add, list and drop indexes on payload fields')
    .description(
      'Adds, lists and drops indexes on attributes of the events in telemetry.db, for stores that use ' +
        'serve --archive none. Queries for single values then read only the matching events.',
    )
    .addArgument(new Argument('<action>', 'action').choices(ACTIONS))
    .argument('[keys...]', 'attributes whose indexes to add or drop')
    .addOption(settingOption('store'))
    .addOption(new Option('--where <condition>', 'index only events that satisfy this SQL condition'))
    .addOption(filterOption())
    .addOption(reportFormatOption());
  command.action(async (action: IndexOptions['action'], attributes: string[]) => {
    const { format, ...conditions } = command.opts<WhereFlags & { format?: string }>();
    const where = whereOf(conditions);
    const { store } = command.optsWithGlobals<{ store?: string }>();
    if (action === 'list' && attributes.length > 0) {
      throw new TelemetryError('usage', '`telemetry index list` takes no attribute', {
        remedy: 'It prints all indexes.',
      });
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
      { line: 'telemetry index add trace.traceId actorId', purpose: 'Index two attributes' },
      { line: `telemetry index add status --where "type = 'log'"`, purpose: 'Index only the logs' },
      { line: 'telemetry index list', purpose: 'List the indexes' },
      { line: 'telemetry index drop actorId', purpose: 'Drop an index' },
    ],
    notes: [
      'A query uses an index if it compares the attribute with constants by =, IN (a few values), <, <=, >, >= or BETWEEN, optionally with further conditions joined by AND; telemetry query --explain names the indexes used. A partial index is used if the query repeats the conditions of its --where. It is no longer used once their attributes have values of kinds that did not exist when the index was added: drop it and add it again. If an index matches more than 200,000 events, the query reads all events instead.',
      'Each index slows down storing slightly, and blocks the server while it is created, for about two seconds per million events. With more than two million events, stop the server first.',
      'Conditions in --where have the forms that an index supports, or type = NAME, joined by AND.',
    ],
  };
}
