import { Command, Option } from 'commander';
import * as alert from './commands/alert/command.js';
import * as archive from './commands/archive/command.js';
import * as assert from './commands/assert/command.js';
import * as backup from './commands/backup/command.js';
import * as compact from './commands/compact/command.js';
import * as chart from './commands/chart/command.js';
import * as completion from './commands/completion/command.js';
import * as config from './commands/config/command.js';
import * as cube from './commands/cube/command.js';
import * as demo from './commands/demo/command.js';
import * as diff from './commands/diff/command.js';
import * as exportEvents from './commands/export/command.js';
import * as facets from './commands/facets/command.js';
import * as forward from './commands/forward/command.js';
import * as host from './commands/host/command.js';
import * as index from './commands/index/command.js';
import * as ingest from './commands/ingest/command.js';
import * as patterns from './commands/patterns/command.js';
import * as prune from './commands/prune/command.js';
import * as query from './commands/query/command.js';
import * as remote from './commands/remote/command.js';
import * as report from './commands/report/command.js';
import * as retention from './commands/retention/command.js';
import * as run from './commands/run/command.js';
import * as saved from './commands/saved/command.js';
import * as schema from './commands/schema/command.js';
import * as seal from './commands/seal/command.js';
import * as send from './commands/send/command.js';
import * as serve from './commands/serve/command.js';
import * as shell from './commands/shell/command.js';
import * as stats from './commands/stats/command.js';
import * as tail from './commands/tail/command.js';
import * as token from './commands/token/command.js';
import * as top from './commands/top/command.js';
import * as trace from './commands/trace/command.js';
import * as verify from './commands/verify/command.js';
import * as view from './commands/view/command.js';
import * as watch from './commands/watch/command.js';
import type { Example, Manual, Start } from './shared/context.js';
import { formatNamed } from './config/format-names.js';
import { OTHER_NAMES } from './shared/command-words.js';
import { VERSION } from './shared/version.js';

interface CommandModule {
  readonly register: (program: Command, start: Start) => Manual;
}

/** The commands under the headings of --help, in the order of use. */
const GROUPS: Readonly<Record<string, Readonly<Record<string, CommandModule>>>> = {
  'Send events:': { serve, send, run, ingest, watch, host },
  'Read events:': { tail, query, assert, view, saved, cube, schema, stats },
  'Look at events:': { shell, chart, top, trace, diff, facets, patterns, report },
  'Watch events:': { alert },
  'Forward events:': { remote, forward },
  'Keep the store:': { prune, retention, seal, compact, verify, backup, export: exportEvents, archive, index },
  'Set up:': { token, config, completion, demo },
};

const COMMANDS: Readonly<Record<string, CommandModule>> = Object.assign({}, ...Object.values(GROUPS)) as Record<
  string,
  CommandModule
>;

/** The whole command line: its parser, and the manual of each command. */
export interface Program {
  readonly program: Command;
  readonly manuals: readonly Manual[];
}

/** The examples of the command as a whole. */
export const EXAMPLES: readonly Example[] = [
  { line: 'telemetry serve', purpose: 'Receive events on 127.0.0.1:4318' },
  { line: `curl -d '{"type":"log","level":"INFO","msg":"hi mom"}' localhost:4318`, purpose: 'Send one' },
  { line: 'telemetry tail --level error', purpose: 'Watch the errors' },
  { line: 'telemetry query "select type, count(*) from events group by type"', purpose: 'Ask in SQL' },
];

/** The command that prints all others: it never runs with itself alone. */
const NEEDS_ALL = 'completion';

/**
 * Builds the command line without loading the code that a command runs.
 * @param name of the command to register alone; any other text registers all commands.
 */
export function createProgram(start: Start, name = ''): Program {
  const program = new Command('telemetry')
    .description('Local telemetry capture and query: wide JSON events in, SQL out, in files that you own.')
    .version(VERSION, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addOption(new Option('--store <dir>', 'store directory, for any command'))
    // Descriptions name the choices and the default themselves.
    .configureHelp({ optionDescription: option => option.description, subcommandTerm: command => command.name() })
    .enablePositionalOptions()
    .exitOverride();
  const manuals =
    Object.hasOwn(COMMANDS, name) && name !== NEEDS_ALL
      ? [COMMANDS[name]!.register(program, start)]
      : Object.entries(GROUPS).flatMap(([heading, commands]) => {
          program.commandsGroup(heading);
          return Object.values(commands).map(({ register }) => register(program, start));
        });
  program.helpCommand('help [command]', 'print the help of a command');
  program.addHelpText('after', `${examplesText(EXAMPLES)}\n\n${otherWordsText()}`);
  for (const { command, examples } of manuals) {
    addFormatFlags(command);
    command
      .helpOption('-h, --help', 'print this help')
      .addHelpText('after', examplesText(examples))
      .showHelpAfterError(`Run \`telemetry ${command.name()} --help\` for its usage.`);
  }
  // shared/unknown-command.ts makes better suggestions than commander.
  program.showHelpAfterError('Run `telemetry --help` for the commands.').showSuggestionAfterError(false);
  return { program, manuals };
}

/** Names of formats that are also flags. */
const FORMAT_FLAGS = ['json', 'ndjson', 'jsonl', 'csv', 'tsv', 'table', 'markdown', 'md'];

/** Adds the hidden flags --json, --csv and so on, aliases of --format json and --format csv. The last one given wins. */
function addFormatFlags(command: Command): void {
  const choices = command.options.find(({ long }) => long === '--format')?.argChoices ?? [];
  for (const name of FORMAT_FLAGS) {
    const format = formatNamed(name, choices);
    const isTaken = command.options.some(({ long }) => long === `--${name}`);
    if (format === undefined || isTaken) continue;
    command.addOption(new Option(`--${name}`).hideHelp());
    command.on(`option:${name}`, () => command.setOptionValueWithSource('format', format, 'cli'));
  }
}

/** Aliases of commands, options and formats, one paragraph an element. Lists of commands and options omit them. */
export const OTHER_WORDS: readonly string[] = [
  `Command aliases: ${Object.entries(OTHER_NAMES)
    .map(([name, command]) => `${name} (${command})`)
    .join(', ')}.`,
  'Option aliases: --json, --ndjson, --csv, --tsv, --table and --markdown (--format), --last (--since), --where and --filter (each other), --limit (-n), query -c SQL, query --where CONDITION (from events where CONDITION).',
  'Format aliases, in any case: jsonl (ndjson), md (markdown), vertical (line).',
];

function otherWordsText(): string {
  return OTHER_WORDS.map(text => text.replace(/(.{1,76})(?: |$)/g, '$1\n    ').trimEnd()).join('\n');
}

function examplesText(examples: readonly Example[]): string {
  return ['', 'Examples:', ...examples.flatMap(({ line, purpose }) => [`  # ${purpose}`, `  ${line}`])].join('\n');
}
