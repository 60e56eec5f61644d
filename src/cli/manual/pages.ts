import type { Command } from 'commander';
import { EXIT } from '../../core/errors.js';
import type { ErrorKind } from '../../core/errors.js';
import { CONFIG_FILE } from '../config/files.js';
import { SETTING_KEYS, SETTINGS, variableOf } from '../config/settings.js';
import type { Setting } from '../config/setting.js';
import type { Example, Manual } from '../shared/context.js';
import { EXAMPLES, OTHER_WORDS } from '../program.js';
import type { Program } from '../program.js';
import { VERSION } from '../shared/version.js';
import { roffArgument, roffText, section, tagged } from './roff.js';

/** The meaning of each exit code, in the order of the table in every manual. */
export const EXIT_MEANINGS: Readonly<Record<ErrorKind | 'ok', string>> = {
  ok: 'It worked.',
  failure: 'It failed: the message says why.',
  usage: 'The command line, a variable or a config file is wrong.',
  noStore: 'There is no store where one was looked for.',
  sql: 'The SQL is wrong, or is more than a query.',
  interrupted: 'It was interrupted.',
};

/** Every man page, by file name. */
export function manualPages({ program, manuals }: Program): Map<string, string> {
  const pages = manuals.map(manual => [`telemetry-${manual.command.name()}.1`, commandPage(manual)] as const);
  return new Map([['telemetry.1', mainPage(program, manuals)], ...pages]);
}

function mainPage(program: Command, manuals: readonly Manual[]): string {
  return page('telemetry', program.description().replace(/\.$/, ''), [
    ...section('Synopsis', '.B telemetry', roffText('[--store dir] command [options]')),
    ...section('Description', ...paragraphs([program.description(), ...OVERVIEW])),
    ...section('Options', ...optionsOf(program)),
    ...section(
      'Commands',
      ...manuals.flatMap(({ command }) => tagged(`telemetry-${command.name()}(1)`, command.summary())),
    ),
    ...section('Other names', ...paragraphs(OTHER_WORDS)),
    ...section('Examples', ...examplesOf(EXAMPLES)),
    ...section('Exit status', ...exitTable()),
    ...section('Environment', ...variables(), ...OTHER_VARIABLES.flatMap(([name, text]) => tagged(name, text))),
    ...section('Files', ...FILES.flatMap(([name, text]) => tagged(name, text))),
  ]);
}

const OVERVIEW: readonly string[] = [
  'Programs send events, which are JSON objects of any shape, to telemetry serve; it stores them in one directory, the store. Any number of other commands read the store at the same time, whether or not the server runs.',
  'Data goes to standard output, all else to standard error. On a terminal output is for people; elsewhere it is for programs.',
  `A setting is taken from the first of: a flag, its variable, the nearest ${CONFIG_FILE} in the working directory or above it, the user's own, the default. telemetry config prints them all.`,
];

/** Variables that are not settings. */
export const OTHER_VARIABLES: readonly (readonly [string, string])[] = [
  ['TELEMETRY_DEBUG', 'When set, a defect of telemetry is reported with its stack trace.'],
  ['NO_COLOR, FORCE_COLOR', 'Print no colour; print colour even where there is no terminal.'],
  ['XDG_DATA_HOME, XDG_CONFIG_HOME', 'Where the store and the config file of the user are.'],
];

const FILES: readonly (readonly [string, string])[] = [
  ['~/.local/share/telemetry/', 'The store, unless --store names another. telemetry.db in it is a SQLite database.'],
  [CONFIG_FILE, 'The settings of a project: a JSON object of settings, such as {"store": "./telemetry"}.'],
  [`~/.config/telemetry/${CONFIG_FILE}`, 'The settings of the user.'],
];

function commandPage({ command, examples, notes }: Manual): string {
  const name = command.name();
  return page(`telemetry-${name}`, command.summary(), [
    ...section('Synopsis', `.B telemetry ${name}`, roffText(command.usage())),
    ...section('Description', ...paragraphs([command.description(), ...(notes ?? [])])),
    ...section('Options', ...optionsOf(command)),
    ...section('Examples', ...examplesOf(examples)),
    ...section('Exit status', ...exitTable()),
    ...section('See also', '.BR telemetry (1)'),
  ]);
}

function page(name: string, summary: string, body: readonly string[]): string {
  // No date: a page changes when the command does, and with nothing else.
  const title = `.TH ${roffArgument(name.toUpperCase())} 1 "" ${roffArgument(`telemetry ${VERSION}`)}`;
  return [title, '.SH "NAME"', `${roffText(name)} \\- ${roffText(summary)}`, ...body, '']
    .join('\n')
    .replace(/^\.SH .*/gm, heading => heading.toUpperCase());
}

function paragraphs(texts: readonly string[]): string[] {
  return texts.flatMap((text, index) => (index === 0 ? [roffText(text)] : ['.PP', roffText(text)]));
}

function optionsOf(command: Command): string[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .flatMap(option => tagged(option.flags, option.description));
}

function examplesOf(examples: readonly Example[]): string[] {
  return examples.flatMap(({ line, purpose }, index) => [
    ...(index === 0 ? [] : ['.PP']),
    roffText(`${purpose}:`),
    '.PP',
    '.nf',
    '.RS 4',
    roffText(line),
    '.RE',
    '.fi',
  ]);
}

function exitTable(): string[] {
  return Object.entries(EXIT_MEANINGS).flatMap(([kind, meaning]) =>
    tagged(String(EXIT[kind as keyof typeof EXIT]), meaning),
  );
}

function variables(): string[] {
  return SETTING_KEYS.flatMap(key => {
    const { summary, fallbackText, fallback } = SETTINGS[key] as Setting<unknown>;
    const usual = fallbackText ?? String(fallback({}));
    return tagged(variableOf(key), `${summary} (default: ${usual}). In a file: ${key}.`);
  });
}
