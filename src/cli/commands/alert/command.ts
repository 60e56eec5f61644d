import { Argument, Option } from 'commander';
import type { Command } from 'commander';
import { parseDuration, parseInstant } from '../../../core/duration.js';
import { TelemetryError } from '../../../core/errors.js';
import type { Manual, Start } from '../../shared/context.js';
import { collect, pair, parsed, reportFormatOption, settingOption } from '../../shared/options.js';
import { ACTIONS, type AlertAction, type AlertOptions } from './options.js';
import { EXAMPLES, NOTES } from './manual.js';

/** An option, the actions that take it, and the field of a rule that it sets. */
interface Flag {
  readonly flags: string;
  readonly text: string;
  readonly actions: readonly AlertAction[];
  readonly field?: string;
  readonly isList?: boolean;
}

const field = (flags: string, name: string, text: string, isList = false): Flag => ({
  flags,
  text,
  actions: ['create'],
  field: name,
  isList,
});

const FLAGS: readonly Flag[] = [
  field('--when <sql>', 'when', 'create: SQL whose rows are violations, or whose value is compared'),
  field('--above <number>', 'above', 'create: the value of --when violates above this'),
  field('--below <number>', 'below', 'create: the value of --when violates below this'),
  field('--absent', 'absent', 'create: --when violates when it returns no row or only NULL'),
  field('--metric <name>', 'metric', 'create: compare an aggregate of a metric'),
  field(
    '--aggregate <name>',
    'aggregate',
    'create: avg, min, max, sum, count, last, p50, p90, p95, p99 (default: avg)',
  ),
  field('--op <op>', 'op', 'create: >, >=, <, <=, = or != (default: >)'),
  field('--threshold <number>', 'threshold', 'create: threshold of --metric'),
  field('--event <condition>', 'event', 'create: count events that meet a SQL condition'),
  field('--more-than <number>', 'more_than', 'create: more events than this violate (default: 0)'),
  field('--where <condition>', 'where', 'create: further condition on the events of --metric or --event'),
  field('--window <duration>', 'window', 'create: window of --metric and --event (default: 5m)'),
  {
    flags: '--every <duration>',
    text: 'create, replay: interval of evaluations (default: 1m)',
    actions: ['create', 'replay'],
    field: 'every',
  },
  field('--for <duration>', 'for', 'create: time that a violation must last to fire (default: 0s)'),
  field(
    '--keep-firing <duration>',
    'keep_firing',
    'create: time after the last violation until it resolves (default: 0s)',
  ),
  field('--severity <severity>', 'severity', 'create: info, warning, error, critical (default: warning)'),
  field(
    '--group-by <columns>',
    'group_by',
    'create: columns that tell alerts apart, or none (default: all of text)',
    true,
  ),
  field('--cooldown <duration>', 'cooldown', 'create: minimum time between notifications of a group (default: 0s)'),
  field(
    '--notify <channel>',
    'notify',
    'create: channel, repeatable: a name, slack:URL, webhook:URL, email:ADDRESS or exec:COMMAND',
    true,
  ),
  field(
    '--escalate <time=channel>',
    'escalate',
    'create: channel when there was no acknowledgement in time, repeatable',
    true,
  ),
  field('--runbook <url>', 'runbook', 'create: link that notifications show'),
  field('--description <text>', 'description', 'create: text that notifications show'),
  field('--on-no-data <effect>', 'on_no_data', 'create: notify, show or ignore (default: show)'),
  field('--on-error <effect>', 'on_error', 'create: notify, show or ignore (default: notify)'),
  {
    flags: '--label <name=value>',
    text: 'create, ack, assign, resolve, note: label, repeatable',
    actions: ['create', 'ack', 'assign', 'resolve', 'note'],
    isList: true,
  },
  { flags: '--replace', text: 'create: replace a rule of the same name', actions: ['create'] },
  {
    flags: '--allow-private-targets',
    text: 'create, import, channel set: allow URLs to loopback and private addresses',
    actions: ['create', 'import', 'check', 'channel'],
  },
  { flags: '--allow-exec', text: 'import, check: allow rules that run commands', actions: ['import', 'check'] },
  {
    flags: '--by <person>',
    text: 'ack, unack, assign, resolve, note, mute, unmute: who does it (default: you)',
    actions: ['ack', 'unack', 'assign', 'resolve', 'note', 'mute', 'unmute'],
  },
  {
    flags: '--note <text>',
    text: 'ack, unack, assign, resolve, mute, unmute: note for the history',
    actions: ['ack', 'unack', 'assign', 'resolve', 'mute', 'unmute'],
  },
  {
    flags: '--until <time>',
    text: 'ack, mute: end, such as 2h; replay: last time (default: now)',
    actions: ['ack', 'mute', 'replay'],
  },
  { flags: '--since <time>', text: 'replay: first time (default: 7d)', actions: ['replay'] },
  { flags: '--no-send', text: 'evaluate: leave notifications to the next evaluation or server', actions: ['evaluate'] },
  { flags: '--show-secrets', text: 'export: print the secrets of channels', actions: ['export'] },
];

/** `telemetry alert` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('alert')
    .summary('watch the store with rules, and notify')
    .description(
      'Creates alert rules and shows what they found. telemetry serve evaluates the rules of its store and sends their ' +
        'notifications; telemetry alert evaluate does so without a server.',
    )
    .addArgument(new Argument('<action>', 'action').choices(Object.keys(ACTIONS)))
    .argument('[args...]', 'name of a rule, id of an alert, or a file (- for stdin)')
    .addOption(settingOption('store'));
  for (const { flags, text, isList } of FLAGS) {
    command.addOption(isList ? new Option(flags, text).argParser(collect) : new Option(flags, text));
  }
  command.addOption(reportFormatOption('text on a terminal, else json'));
  command.action(async (action: AlertAction, args: readonly string[]) => {
    const options = optionsOf(command, action, args);
    const context = await start({ store: command.optsWithGlobals<{ store?: string }>().store });
    const { run } = await import('./run.js');
    await run({ ...options, store: context.settings.get('store') }, context);
  });
  return { command, examples: EXAMPLES, notes: NOTES };
}

type Flags = Readonly<Record<string, unknown>>;

function optionsOf(command: Command, action: AlertAction, args: readonly string[]): Omit<AlertOptions, 'store'> {
  const flags = command.opts<Flags>();
  const given = (key: string): boolean => command.getOptionValueSource(key) === 'cli';
  for (const { flags: text, actions } of FLAGS) {
    const option = new Option(text);
    if (given(option.attributeName()) && !actions.includes(action)) {
      throw new TelemetryError('usage', `${option.long} is not for \`telemetry alert ${action}\``, {
        remedy: `It is for ${actions.join(', ')}.`,
      });
    }
  }
  checkArguments(action, args);
  const text = (key: string): string | undefined => flags[key] as string | undefined;
  const labels = Object.fromEntries(
    ((flags.label as string[] | undefined) ?? []).map(label => pair('--label', label, { example: 'team=web' })),
  );
  const isReplay = action === 'replay';
  return {
    action,
    args,
    format: text('format') as AlertOptions['format'],
    fields: { ...fieldsOf(flags), ...(Object.keys(labels).length > 0 && { labels }) },
    replaces: flags.replace === true,
    allowsExec: flags.allowExec === true,
    allowsPrivateTargets: flags.allowPrivateTargets === true,
    showsSecrets: flags.showSecrets === true,
    by: text('by'),
    note: text('note'),
    labels,
    until: parsed('--until', text('until'), until => (isReplay ? parseInstant(until, Date.now()) : endOf(until))),
    since: parsed('--since', text('since'), since => parseInstant(since, Date.now())),
    every: isReplay ? parsed('--every', text('every'), parseDuration) : undefined,
    sendsNone: flags.send === false,
  };
}

/** Fields that a file has as numbers. */
const NUMBERS: ReadonlySet<string> = new Set(['above', 'below', 'threshold', 'more_than']);

/** The fields of a rule that options set. */
function fieldsOf(flags: Flags): Record<string, unknown> {
  const entries = FLAGS.flatMap(({ flags: text, field: name }): [string, unknown][] => {
    const value = flags[new Option(text).attributeName()];
    return name === undefined || value === undefined || (typeof value === 'boolean' && name !== 'absent')
      ? []
      : [[name, NUMBERS.has(name) && Number.isFinite(Number(value)) ? Number(value) : value]];
  });
  return Object.fromEntries(entries);
}

/** A time to come: a duration counts from now. */
function endOf(text: string): number {
  const isDuration = /^\s*\d[\d.]*\s*[a-z]/i.test(text);
  const end = parseInstant(isDuration ? `+${text}` : text, Date.now());
  if (end > Date.now() * 1000) return end;
  throw new TelemetryError('usage', `"${text}" is in the past`, { remedy: 'Write a time to come, such as 2h.' });
}

function checkArguments(action: AlertAction, args: readonly string[]): void {
  const wanted: readonly string[] = ACTIONS[action];
  const isOpen = wanted.some(name => name.includes('...')) || action === 'channel';
  const least = wanted.filter(name => !name.startsWith('[')).length;
  if (args.every(arg => arg !== '') && args.length >= least && (isOpen || args.length <= wanted.length)) return;
  throw new TelemetryError('usage', `\`telemetry alert ${action}\` takes ${wanted.join(' and ') || 'no arguments'}`, {
    remedy: `Write it like telemetry alert ${[action, ...wanted].join(' ')}.`,
  });
}
