import { Argument, Option } from 'commander';
import type { Command } from 'commander';
import { TelemetryError } from '../../../core/errors.js';
import type { DescribedTable } from '../../../query/report/describe-store.js';
import { VIEW_NAMES } from '../../../core/view-names.js';
import type { Manual, Start } from '../../shared/context.js';
import { noServerOption, reportFormat, reportFormatOption, settingOption } from '../../shared/options.js';
import { ACTIONS, CHOICES, type SchemaActionOptions } from './options.js';

/** The tables that every store has. */
const TABLES: readonly DescribedTable[] = ['events', 'streams', ...VIEW_NAMES];

interface SchemaFlags {
  format?: string;
  onInvalid?: SchemaActionOptions['onInvalid'];
  type?: string;
}

/** The arguments of each action. */
const WORDS: Readonly<Record<SchemaActionOptions['action'], readonly string[]>> = {
  register: ['NAME', 'FILE'],
  list: [],
  show: ['NAME'],
  rm: ['NAME'],
  check: ['FILE'],
};

const MANUAL: Omit<Manual, 'command'> = {
  examples: [
    { line: 'telemetry schema', purpose: 'List all columns' },
    { line: 'telemetry schema spans', purpose: 'List the columns of a view, built-in or stored' },
    {
      line: 'telemetry schema --type login --format json',
      purpose: 'List the columns of one event type, for a program',
    },
    { line: 'telemetry schema register login login.schema.json', purpose: 'Reject invalid login events' },
    { line: 'telemetry schema register log log.json --on-invalid tag', purpose: 'Tag invalid log events' },
    { line: 'telemetry schema check events.ndjson', purpose: 'Validate events without sending them' },
  ],
  notes: [
    'An event is validated against the schema of its name and that of its type (the columns name and type). A running server applies a change from the next event on. Schemas are JSON Schema 2020-12 (the default without $schema), 2019-09 or draft-07; formats such as email, date-time and uuid are validated.',
    'reject rejects the event: a POST gets 400 and keeps the earlier events of its stream; a WebSocket is closed with 1008; /metrics/v1/save rejects only the item. tag stores the event with the key schema_violation, which describes the problem. accept stores it as sent. /metrics counts all three.',
    'check reads JSON events, or an array of events, from FILE or stdin (-), prints the problems of each and exits with 1 if there are any. For a JSON Schema, it validates the schema itself.',
  ],
};

/** `telemetry schema` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('schema')
    .summary('list columns, and manage JSON Schemas for events')
    .description(
      'Prints the tables for queries, their columns and types, how often each attribute occurs, and an example value. ' +
        'With an action, registers, lists, shows or removes JSON Schemas that validate the events of a name or type, or validates the events in a file.',
    )
    .addArgument(
      new Argument('[table]', 'a table or view, or an action on schemas')
        .choices([...ACTIONS, ...TABLES])
        // A store may have further views.
        .argParser(word => word),
    )
    .argument('[args...]', 'register NAME FILE, show NAME, rm NAME, check FILE; - for stdin')
    .addOption(settingOption('store'))
    .option('--type <type>', 'only columns of events of this type')
    .addOption(
      new Option(
        '--on-invalid <action>',
        `handling of invalid events: ${CHOICES.join(', ')} (default: unchanged, initially reject)`,
      ).choices(CHOICES),
    )
    .addOption(noServerOption())
    .addOption(reportFormatOption());
  command.action(async (word: string | undefined, words: readonly string[]) => {
    const { format, onInvalid, type } = command.opts<SchemaFlags>();
    const { store } = command.optsWithGlobals<{ store?: string }>();
    const action = ACTIONS.find(name => name === word);
    const table = action === undefined ? word?.toLowerCase() : undefined;
    checkWords(action, words, onInvalid);
    checkType(action, table, words, type);
    const context = await start({ store });
    const options = { store: context.settings.get('store'), format: reportFormat(format, context.streams) };
    if (action === undefined) {
      const { run } = await import('./run.js');
      await run({ ...options, table, type }, context);
      return;
    }
    const { runAction } = await import('./actions.js');
    const [name = '', file = ''] = words;
    await runAction({ ...options, action, name, file, onInvalid }, context);
  });
  return { command, ...MANUAL };
}

function checkType(
  action: SchemaActionOptions['action'] | undefined,
  table: DescribedTable | undefined,
  words: readonly string[],
  type: string | undefined,
): void {
  if (action === undefined && words.length > 0) {
    throw new TelemetryError('usage', `\`telemetry schema\` takes one table: unexpected ${words.join(' ')}`);
  }
  if (type === undefined) return;
  if (action !== undefined) throw new TelemetryError('usage', `--type is not for \`telemetry schema ${action}\``);
  if (table === undefined || table === 'events') return;
  throw new TelemetryError('usage', `--type ${type} cannot be combined with ${table}, which have one type already`, {
    remedy: `Omit one of them: telemetry schema --type ${type}.`,
  });
}

function checkWords(
  action: SchemaActionOptions['action'] | undefined,
  words: readonly string[],
  onInvalid: string | undefined,
): void {
  if (onInvalid !== undefined && action !== 'register') {
    throw new TelemetryError('usage', '--on-invalid is for `telemetry schema register`');
  }
  if (action === undefined) return;
  const wanted = WORDS[action];
  if (words.length === wanted.length && words.every(word => word !== '')) return;
  throw new TelemetryError('usage', `\`telemetry schema ${action}\` takes ${wanted.join(' and ') || 'no arguments'}`, {
    remedy: `Write it like telemetry schema ${[action, ...wanted].join(' ')}.`,
  });
}
