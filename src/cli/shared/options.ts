import { InvalidArgumentError, Option } from 'commander';
import { TelemetryError } from '../../core/errors.js';
import { nameOf, splitList } from '../../core/name-list.js';
import { formatNamed } from '../config/format-names.js';
import { FORMATS, SETTINGS } from '../config/settings.js';
import { flagOf } from '../config/setting.js';
import type { Setting } from '../config/setting.js';
import type { SettingKey } from '../config/settings.js';
import { placed } from '../config/values.js';
import type { ReportFormat } from './report.js';
import type { Streams } from './streams.js';

/** The option of a setting. Commands read its value through the settings of the context. */
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

/** The options of a setting: `--NAME`, and `--no-NAME` where the setting can be turned off. */
export function settingOptions(key: SettingKey): Option[] {
  const { offSummary } = SETTINGS[key] as Setting<unknown>;
  if (offSummary === undefined) return [settingOption(key)];
  return [settingOption(key), new Option(flagOf(key).replace('--', '--no-'), offSummary)];
}

/** The option --format. @param usual the description of the default. */
export function formatOption(choices: readonly string[], usual = 'table on a terminal, else json'): Option {
  return new Option('--format <name>', `${choices.join(', ')} (default: ${usual})`).choices(choices).argParser(text => {
    const format = formatNamed(text, choices);
    if (format !== undefined) return format;
    throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}.`);
  });
}

/** The option --format of a command that prints a report. */
export function reportFormatOption(usual?: string): Option {
  return formatOption(FORMATS, usual);
}

/** The value of --format; by default table on a terminal, else json. */
export function reportFormat(format: string | undefined, { isTerminal }: Streams): ReportFormat {
  return FORMATS.find(name => name === format) ?? (isTerminal ? 'table' : 'json');
}

/** The option --by: the time that the age of an event is measured from. */
export function byOption(): Option {
  const summary = 'measure ages from when events were received, or from their own time (default: received)';
  return new Option('--by <time>', summary).choices(['received', 'time']);
}

/** The option --no-server of commands that a query process answers; see query-service/eligible.ts, which reads it. */
export function noServerOption(): Option {
  return new Option('--no-server', 'read the store in this process, not in a query process of its server');
}

/** An argument parser that collects the values of a repeatable option. */
export function collect(value: string, before: unknown): string[] {
  return [...(Array.isArray(before) ? (before as string[]) : []), value];
}

/** Parses the value of an option. Errors name the option. */
export function parsed<T>(flag: string, text: string | undefined, parse: (text: string) => T): T | undefined {
  return text === undefined ? undefined : placed(flag, () => parse(text));
}

/**
 * Parses `name=value`, the value of an option such as -p. Errors show its form and an example.
 * @throws TelemetryError `usage`
 */
export function pair(
  flag: string,
  text: string,
  { form = 'name=value', example = 'service=api' }: { readonly form?: string; readonly example?: string } = {},
): readonly [name: string, value: string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new TelemetryError('usage', `${flag}: "${text}" is not ${form}`, {
    remedy: `Write ${flag} ${form}, such as ${flag} ${example}.`,
  });
}

/** Splits the values of an option at commas. A name in double quotes may contain commas and blanks. */
export function commaList(values: readonly string[]): string[] {
  return values
    .flatMap(splitList)
    .filter(item => item !== '')
    .map(nameOf);
}
