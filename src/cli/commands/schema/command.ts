import { Argument, Option } from 'commander';
import type { Command } from 'commander';
import { TelemetryError } from '../../../core/errors.js';
import type { DescribedTable } from '../../../query/report/describe-store.js';
import type { Manual, Start } from '../../shared/context.js';
import { reportFormatOption, settingOption, reportFormat } from '../../shared/options.js';
import { ACTIONS, CHOICES, type SchemaActionOptions } from './options.js';

/** The tables that can be described by themselves. */
const TABLES = ['events', 'logs', 'spans', 'metrics', 'streams'] as const satisfies readonly DescribedTable[];

interface SchemaFlags {
  format?: string;
  onInvalid?: SchemaActionOptions['onInvalid'];
  type?: string;
}

/** How many words follow each action. */
const WORDS: Readonly<Record<SchemaActionOptions['action'], readonly string[]>> = {
  register: ['NAME', 'FILE'],
  list: [],
  show: ['NAME'],
  rm: ['NAME'],
  check: ['FILE'],
};

/** `telemetry schema` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('schema')
    .summary('the columns to query, and schemas that events are checked against')
    .description(
      'Prints the tables that a query sees, their columns and types, how often each attribute occurs, and an example of its values. ' +
        'With an action, it registers a JSON Schema that the events of a name or type are checked against, lists, shows or removes it, or checks the events in a file.',
    )
    .addArgument(
      new Argument('[table]', 'one table; or what to do with registered schemas').choices([...ACTIONS, ...TABLES]),
    )
    .argument('[args...]', 'of register NAME FILE, of show and rm NAME, of check FILE; - is stdin')
    .addOption(settingOption('store'))
    .option('--type <type>', 'only events of this type, and the columns that they have')
    .addOption(
      new Option(
        '--on-invalid <action>',
        `what becomes of an event that is wrong: ${CHOICES.join(', ')} (default: as before, else reject)`,
      ).choices(CHOICES),
    )
    .addOption(reportFormatOption());
  command.action(async (word: SchemaActionOptions['action'] | DescribedTable | undefined, words: readonly string[]) => {
    const { format, onInvalid, type } = command.opts<SchemaFlags>();
    const { store } = command.optsWithGlobals<{ store?: string }>();
    const action = ACTIONS.find(name => name === word);
    const table = TABLES.find(name => name === word);
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
  return {
    command,
    examples: [
      { line: 'telemetry schema', purpose: 'What there is to query' },
      { line: 'telemetry schema spans', purpose: 'The columns that spans have' },
      { line: 'telemetry schema --type login --format json', purpose: 'Those of events of one type, for a program' },
      { line: 'telemetry schema register login login.schema.json', purpose: 'Refuse login events that are wrong' },
      { line: 'telemetry schema register log log.json --on-invalid tag', purpose: 'Store them with a note' },
      { line: 'telemetry schema check events.ndjson', purpose: 'Try events without sending them' },
    ],
    notes: [
      'An event is checked against the schema of its name and against that of its type, as the columns name and type have them. A running server takes a change up with the next event. A schema is written in JSON Schema 2020-12 (also without $schema), 2019-09 or draft-07; formats such as email, date-time and uuid are checked.',
      'reject refuses the event: a POST gets 400, and keeps what came before in its stream; a WebSocket is closed with 1008; of /metrics/v1/save only the item is refused. tag stores it with the key schema_violation, which says what is wrong. accept stores it as it was sent. All three are counted in /metrics.',
      'check reads JSON events, or an array of them, from FILE or stdin (-), prints what is wrong with each and exits with 1 when something is. Given a JSON Schema it says whether that is valid.',
    ],
  };
}

function checkType(
  action: SchemaActionOptions['action'] | undefined,
  table: DescribedTable | undefined,
  words: readonly string[],
  type: string | undefined,
): void {
  if (action === undefined && words.length > 0) {
    throw new TelemetryError('usage', `\`telemetry schema\` takes one table: there is ${words.join(' ')} too many`);
  }
  if (type === undefined) return;
  if (action !== undefined) throw new TelemetryError('usage', `--type is not for \`telemetry schema ${action}\``);
  if (table === undefined || table === 'events') return;
  throw new TelemetryError('usage', `--type ${type} picks among all events: ${table} are of one kind already`, {
    remedy: `Leave one of them away: telemetry schema --type ${type}.`,
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
  throw new TelemetryError(
    'usage',
    `\`telemetry schema ${action}\` takes ${wanted.join(' and ') || 'nothing'} after it`,
    {
      remedy: `Write it like telemetry schema ${[action, ...wanted].join(' ')}.`,
    },
  );
}
