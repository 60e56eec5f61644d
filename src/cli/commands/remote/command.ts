import { validateHeaderName, validateHeaderValue } from 'node:http';
import { Argument, Option, type Command } from 'commander';
import { parseDuration } from '../../../core/duration.js';
import { TelemetryError } from '../../../core/errors.js';
import type { MaxLag } from '../../../consumers/remotes/remote.js';
import { bytes, eventTypes, wholeNumber } from '../../config/values.js';
import type { Manual, Start } from '../../shared/context.js';
import {
  collect,
  commaList,
  pair,
  parsed,
  reportFormat,
  reportFormatOption,
  settingOption,
} from '../../shared/options.js';
import { filterOption, whereOf } from '../../shared/where-option.js';
import { ACTIONS, KIND_OPTIONS, type CreateOptions, type RemoteOptions } from './options.js';

/** A week, so that an outage over a weekend loses nothing. */
const DEFAULT_MAX_LAG = '7d';

interface RemoteFlags {
  where?: string;
  filter?: string;
  types?: string;
  since?: 'now' | 'all';
  redact?: string[];
  hash?: string[];
  drop?: string[];
  maxLag?: string;
  holdForever?: true;
  batch?: string;
  bandwidth?: string;
  header?: string[];
  format?: string;
}

/** `telemetry remote` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('remote')
    .summary('forward events to other systems')
    .description(
      'Creates, lists, shows, pauses and removes remotes: engines and stores that a running server forwards the events ' +
        'of a store to, such as Postgres, ClickHouse, an object store or another telemetry server. Each remote has ' +
        'its own cursor over the stored events: one that is down falls behind without delaying anything, and catches up later.',
    )
    .addArgument(new Argument('<action>', 'action').choices(ACTIONS))
    .argument('[name]', 'name of the remote; list takes none')
    .argument('[url]', 'for create: URL of the remote, such as postgres://user@host/database')
    .addOption(settingOption('store'));
  addCreateOptions(command);
  command.addOption(reportFormatOption());
  command.action(async (action: RemoteOptions['action'], name: string | undefined, url: string | undefined) => {
    const flags = command.opts<RemoteFlags>();
    check(action, name, url, command);
    const context = await start(command.optsWithGlobals());
    const options: RemoteOptions = {
      action,
      name: name ?? '',
      create: action === 'create' ? createOptions(url!, flags, command) : undefined,
      store: context.settings.get('store'),
      format: reportFormat(flags.format, context.streams),
    };
    const { run } = await import('./run.js');
    await run(options, context);
  });
  return { command, examples, notes };
}

function addCreateOptions(command: Command): void {
  command
    .option('--where <sql>', 'for create: forward the events that meet this condition')
    .addOption(filterOption())
    .option('--types <type...>', 'for create: forward events of these types, separated by commas')
    .addOption(
      new Option(
        '--since <start>',
        'for create: forward all events, or only those stored from now on (default: all)',
      ).choices(['now', 'all']),
    )
    .addOption(new Option('--redact <what...>', 'for create: redact before sending, as serve does').argParser(collect))
    .addOption(new Option('--hash <path...>', 'for create: send hashes in place of these fields').argParser(collect))
    .addOption(new Option('--drop <path...>', 'for create: leave out these fields').argParser(collect))
    .option('--max-lag <limit>', `for create: keep unsent events up to this age or size (default: ${DEFAULT_MAX_LAG})`)
    .option('--hold-forever', 'for create: keep unsent events without a limit')
    .option('--batch <events>', 'for create: maximum number of events in a batch')
    .option('--bandwidth <size>', 'for create: maximum bytes per second, such as 5MB')
    .addOption(
      new Option(
        '--header <name=value>',
        'for create: header of its requests; a value env:NAME is read from that variable',
      ).argParser(collect),
    );
  for (const [name, { placeholder, summary }] of Object.entries(KIND_OPTIONS)) {
    command.option(`--${name} <${placeholder}>`, `for create: ${summary}`);
  }
}

const examples = [
  {
    line: 'telemetry remote create team postgres://me@db.example/telemetry',
    purpose: 'Forward all events to Postgres',
  },
  {
    line: 'telemetry remote create hub telemetry://hub.example --types log --since now',
    purpose: 'Forward new logs to another server',
  },
  { line: 'telemetry remote test team', purpose: 'Connect, and print the system and its version' },
  { line: 'telemetry remote show team', purpose: 'Print its lag, rate and last error' },
  { line: 'telemetry forward team --until-current', purpose: 'Forward without a server' },
  { line: 'telemetry query "select * from remotes"', purpose: 'Query the state of all remotes in SQL' },
];

const notes = [
  'A running server forwards to every remote that is not paused; telemetry forward does so without a server. A failed try is repeated after half a second, then after twice as long each time, up to a minute. If its system stores the position, a remote that was removed and created again under the same name continues where it stopped.',
  'An event whose content a remote refuses is recorded in the table remote_rejects, with the reason, and skipped. Forwarding stops before a damaged segment until its file is restored, or set aside by telemetry verify --repair. Retention keeps unsent events up to --max-lag; it counts those that it removes later in remote_losses, and show prints them. telemetry prune refuses to remove unsent events without --drop-unsent.',
  'A password in the URL and the values of --header are stored in credentials.json in the store, which only its owner can read, and printed as ***. Write env:NAME in place of a password or a header value to read it from an environment variable whenever the remote is opened. In place of the whole URL, only create reads the variable. A secret in a parameter of the URL is refused. A backup includes credentials only with --with-credentials.',
  'docs/forwarding/ describes each kind of remote: the tables or files that it creates, and its delivery guarantee.',
];

function check(
  action: RemoteOptions['action'],
  name: string | undefined,
  url: string | undefined,
  command: Command,
): void {
  const usage = (message: string, remedy: string): TelemetryError => new TelemetryError('usage', message, { remedy });
  if (action === 'list' && name !== undefined) {
    throw usage('`telemetry remote list` takes no name', `telemetry remote show ${name} prints one.`);
  }
  if (action !== 'list' && (name === undefined || name === '')) {
    throw usage(
      `\`telemetry remote ${action}\` needs the name of a remote`,
      `Write it like telemetry remote ${action} team.`,
    );
  }
  if (action === 'create') {
    if (url !== undefined && url !== '') return;
    throw usage(
      '`telemetry remote create` needs a URL',
      'Write it like telemetry remote create team postgres://me@db.example/telemetry.',
    );
  }
  if (url !== undefined) throw usage(`\`telemetry remote ${action}\` takes one name`, `Leave out "${url}".`);
  const common = new Set(['store', 'format']);
  const given = command.options.find(
    option => !common.has(option.attributeName()) && command.getOptionValueSource(option.attributeName()) === 'cli',
  );
  if (given && !given.hidden) throw usage(`${given.long!} is for \`telemetry remote create\``, 'Leave it out.');
}

function createOptions(url: string, flags: RemoteFlags, command: Command): CreateOptions {
  const values = command.opts<Readonly<Record<string, string | undefined>>>();
  const kind = Object.keys(KIND_OPTIONS).flatMap(name => {
    const value = values[camelCase(name)];
    return value === undefined ? [] : [[name, value] as const];
  });
  if (flags.holdForever === true && flags.maxLag !== undefined) {
    throw new TelemetryError('usage', '--max-lag and --hold-forever exclude each other', {
      remedy: 'Give one of them.',
    });
  }
  return {
    url,
    where: whereOf(flags),
    types: flags.types === undefined ? undefined : eventTypes([flags.types].flat().join(',')),
    since: flags.since ?? 'all',
    privacy: {
      redact: commaList(flags.redact ?? []),
      hash: commaList(flags.hash ?? []),
      drop: commaList(flags.drop ?? []),
    },
    maxLag: flags.holdForever === true ? undefined : parsed('--max-lag', flags.maxLag ?? DEFAULT_MAX_LAG, maxLag),
    batch: parsed('--batch', flags.batch, text => wholeNumber(1)(text, '')),
    bandwidth: parsed('--bandwidth', flags.bandwidth, bytes),
    headers: Object.fromEntries((flags.header ?? []).map(headerOf)),
    kind: Object.fromEntries(kind),
  };
}

/** Parses a header. Errors do not repeat its value, which may be a secret. */
function headerOf(text: string): [name: string, value: string] {
  if (!text.includes('='))
    throw new TelemetryError('usage', '--header is not NAME=VALUE', { remedy: 'Write authorization=env:NAME.' });
  const [header, value] = pair('--header', text, { form: 'NAME=VALUE', example: 'authorization=env:NAME' });
  try {
    validateHeaderName(header);
    validateHeaderValue(header, value);
  } catch (error) {
    throw new TelemetryError('usage', `--header: the name "${header}" or its value is not valid in HTTP`, {
      remedy: 'Write NAME=VALUE in ASCII, without spaces in the name.',
      cause: error,
    });
  }
  return [header.toLowerCase(), value];
}

/** Parses a maximum lag: a duration or a size. */
function maxLag(text: string): MaxLag {
  return /b$/i.test(text) ? { bytes: bytes(text) } : { age: parseDuration(text) * 1000 };
}

function camelCase(name: string): string {
  return name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
