import { InvalidArgumentError, Option } from 'commander';
import { TelemetryError } from '../../core/errors.js';
import { nameOf, splitList } from '../../core/name-list.js';
import { formatNamed } from '../config/format-names.js';
import { flagOf, FORMATS, SETTINGS } from '../config/settings.js';
import type { Setting } from '../config/setting.js';
import type { SettingKey } from '../config/settings.js';
import { placed } from '../config/values.js';
import type { ReportFormat } from './report.js';
import type { Streams } from './streams.js';

/** The option that sets a setting, as the table of settings describes it. Its value is read through the context's settings. */
export function settingOption(key: SettingKey): Option {
  const { summary, placeholder, choices, list, bare, fallbackText, fallback } = SETTINGS[key] as Setting<unknown>;
  const usual = fallbackText ?? String(fallback({}));
  const value = bare === undefined ? `<${placeholder}>` : `[${placeholder}]`;
  const flags = placeholder ? `${flagOf(key)} ${value}` : flagOf(key);
  const option = new Option(flags, placeholder ? `${summary} (default: ${usual})` : summary);
  if (choices) option.choices(choices);
  if (list) option.argParser(collect);
  return option;
}

/** The options that set a setting: with one that may be turned off, `--no-NAME` too. */
export function settingOptions(key: SettingKey): Option[] {
  const { offSummary } = SETTINGS[key] as Setting<unknown>;
  if (offSummary === undefined) return [settingOption(key)];
  return [settingOption(key), new Option(flagOf(key).replace('--', '--no-'), offSummary)];
}

/** --format with its choices; `usual` says what is taken without it. */
export function formatOption(choices: readonly string[], usual = 'table on a terminal, else json'): Option {
  return new Option('--format <name>', `${choices.join(', ')} (default: ${usual})`).choices(choices).argParser(text => {
    const format = formatNamed(text, choices);
    if (format !== undefined) return format;
    throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}.`);
  });
}

/** --format of a command that prints a report. */
export function reportFormatOption(usual?: string): Option {
  return formatOption(FORMATS, usual);
}

/** Its value: without --format a table for people, JSON for programs. */
export function reportFormat(format: string | undefined, { isTerminal }: Streams): ReportFormat {
  return FORMATS.find(name => name === format) ?? (isTerminal ? 'table' : 'json');
}

/** --by: which time tells how old an event is. */
export function byOption(): Option {
  const summary = 'the time that ages are told by: when events were received, or their own time (default: received)';
  return new Option('--by <time>', summary).choices(['received', 'time']);
}

/** For options that may be repeated: gathers their values. */
export function collect(value: string, before: unknown): string[] {
  return [...(Array.isArray(before) ? (before as string[]) : []), value];
}

/** Reads an option's text; an error names the option. */
export function parsed<T>(flag: string, text: string | undefined, parse: (text: string) => T): T | undefined {
  return text === undefined ? undefined : placed(flag, () => parse(text));
}

/** `name=value` of a repeatable option such as -p. */
export function pair(flag: string, text: string): readonly [name: string, value: string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new TelemetryError('usage', `${flag}: "${text}" is not name=value`);
}

/** Splits `a,b` of one or more values of an option; a name in double quotes may have commas and blanks. */
export function commaList(values: readonly string[]): string[] {
  return values
    .flatMap(splitList)
    .filter(item => item !== '')
    .map(nameOf);
}
