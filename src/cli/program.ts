import { Command, Option } from 'commander';
import * as archive from './cmd/archive/command.js';
import * as compact from './cmd/compact/command.js';
import * as completion from './cmd/completion/command.js';
import * as config from './cmd/config/command.js';
import * as demo from './cmd/demo/command.js';
import * as host from './cmd/host/command.js';
import * as index from './cmd/index/command.js';
import * as ingest from './cmd/ingest/command.js';
import * as prune from './cmd/prune/command.js';
import * as query from './cmd/query/command.js';
import * as retention from './cmd/retention/command.js';
import * as run from './cmd/run/command.js';
import * as schema from './cmd/schema/command.js';
import * as seal from './cmd/seal/command.js';
import * as send from './cmd/send/command.js';
import * as serve from './cmd/serve/command.js';
import * as stats from './cmd/stats/command.js';
import * as tail from './cmd/tail/command.js';
import * as token from './cmd/token/command.js';
import * as verify from './cmd/verify/command.js';
import * as watch from './cmd/watch/command.js';
import type { Example, Manual, Start } from './context.js';
import { VERSION } from './version.js';

/** In the order of --help: as they are met in use. */
const COMMANDS: Readonly<Record<string, { readonly register: (program: Command, start: Start) => Manual }>> = {
  serve,
  send,
  run,
  ingest,
  watch,
  tail,
  query,
  schema,
  stats,
  prune,
  retention,
  seal,
  compact,
  verify,
  archive,
  index,
  token,
  host,
  demo,
  config,
  completion,
};

/** The whole command line: what parses it, and what commander does not keep of each command. */
export interface Program {
  readonly program: Command;
  readonly manuals: readonly Manual[];
}

/** The examples of the command as a whole. */
export const EXAMPLES: readonly Example[] = [
  { line: 'telemetry serve', purpose: 'Receive events on 127.0.0.1:4318' },
  { line: `curl -d '{"type":"log","level":"INFO","msg":"hi mom"}' localhost:4318`, purpose: 'Send one' },
  { line: `telemetry tail --filter "level = 'ERROR'"`, purpose: 'Watch the errors' },
  { line: 'telemetry query "select type, count(*) from events group by type"', purpose: 'Ask in SQL' },
];

/**
 * Builds the command line. Light: no command's work is loaded before it runs.
 * @param name of the only command that is called for; all are there when it is none's.
 */
export function createProgram(start: Start, name = ''): Program {
  const program = new Command('telemetry')
    .description('Local telemetry capture and query: wide JSON events in, SQL out, in files that you own.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addOption(new Option('--store <dir>', 'the directory that holds the store, for any command'))
    // Descriptions name the choices and the default themselves.
    .configureHelp({ optionDescription: option => option.description })
    .enablePositionalOptions()
    .exitOverride();
  const called = Object.hasOwn(COMMANDS, name) ? [COMMANDS[name]!] : Object.values(COMMANDS);
  const manuals = called.map(({ register }) => register(program, start));
  program.addHelpText('after', examplesText(EXAMPLES));
  for (const { command, examples } of manuals) {
    command
      .helpOption('-h, --help', 'print this help')
      .addHelpText('after', examplesText(examples))
      .showHelpAfterError(`Run \`telemetry ${command.name()} --help\` for its usage.`);
  }
  program.showHelpAfterError('Run `telemetry --help` for the commands.');
  return { program, manuals };
}

function examplesText(examples: readonly Example[]): string {
  return ['', 'Examples:', ...examples.flatMap(({ line, purpose }) => [`  # ${purpose}`, `  ${line}`])].join('\n');
}
