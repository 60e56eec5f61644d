import type { Command } from 'commander';
import { EXIT } from '../../core/errors.js';
import type { ErrorKind } from '../../core/errors.js';
import { CONFIG_FILE } from '../config/config-path.js';
import { SETTING_KEYS, SETTINGS } from '../config/settings.js';
import { variableOf } from '../config/setting.js';
import type { Setting } from '../config/setting.js';
import type { Example, Manual } from '../shared/context.js';
import { EXAMPLES, OTHER_WORDS } from '../program.js';
import type { Program } from '../program.js';
import { VERSION } from '../shared/version.js';
import { roffArgument, roffText, section, tagged } from './roff.js';

/** The meanings of the exit codes, in the order of the table in every manual. */
export const EXIT_MEANINGS: Readonly<Record<ErrorKind | 'ok', string>> = {
  ok: 'Success.',
  failure: 'The command failed; the message gives the reason.',
  usage: 'The command line, a variable or a config file is invalid.',
  noStore: 'The store does not exist.',
  sql: 'The SQL is invalid, or does more than query.',
  timeout: 'A statement of telemetry assert ran longer than its --timeout.',
  interrupted: 'The command was interrupted.',
};

/** The man pages by file name. */
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
  'Programs send events, which are JSON objects of any shape, to telemetry serve. The server stores them in one directory, the store. Any number of commands can read the store at the same time, with or without a running server.',
  'Data goes to standard output, everything else to standard error. On a terminal the output is for people, elsewhere for programs.',
  `Settings are looked up in this order; the first match wins: flag, environment variable, the nearest ${CONFIG_FILE} in the working directory or above it, that of the user, default. telemetry config prints them all.`,
];

/** Variables that are not settings. */
export const OTHER_VARIABLES: readonly (readonly [string, string])[] = [
  ['TELEMETRY_DEBUG', 'When set, internal errors are reported with a stack trace.'],
  ['NO_COLOR, FORCE_COLOR', 'Disable colours; enable colours without a terminal.'],
  ['XDG_DATA_HOME, XDG_CONFIG_HOME', 'The directories of the user for the store and the config file.'],
];

const FILES: readonly (readonly [string, string])[] = [
  ['~/.local/share/telemetry/', 'The default store. telemetry.db in it is a SQLite database.'],
  [CONFIG_FILE, 'The settings of a project: a JSON object such as {"store": "./telemetry"}.'],
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
  // Without a date, a page changes only when its command does.
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
