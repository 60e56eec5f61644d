import { Option, type Command } from 'commander';
import { parseInstant, type Micros } from '../../core/duration.js';
import type { SessionOptions } from '../../query/session.js';
import type { GlyphStyle } from '../../render/charts/glyphs.js';
import { wholeNumber } from '../config/values.js';
import type { Context } from './context.js';
import { damagedSegmentWarning } from './damaged-segment-warning.js';
import { noServerOption, parsed, reportFormat, reportFormatOption, settingOption } from './options.js';
import type { ReportFormat } from './report.js';
import { addSince, sinceOf, type SinceFlags } from './time-options.js';
import { filterOption, whereOf, type WhereFlags } from './where-option.js';

/** The options of commands that summarize events, as given. */
export interface LookFlags extends SinceFlags, WhereFlags {
  until?: string;
  limit?: string;
  format?: string;
  ascii?: boolean;
}

/** The same, parsed, settings included. */
export interface LookOptions {
  readonly store: string;
  readonly where: string | undefined;
  readonly since: Micros | undefined;
  readonly until: Micros | undefined;
  readonly limit: number;
  readonly format: ReportFormat;
  /** --ascii or not. */
  readonly glyphStyle: GlyphStyle;
  /** A valid time zone; undefined when neither a flag nor a setting names one. */
  readonly tz: string | undefined;
}

/** Adds the options. @param where the help of --where @param limit the help of --limit */
export function addLookOptions(command: Command, where: string, limit: string): Command {
  command.addOption(settingOption('store')).option('--where <sql>', where).addOption(filterOption());
  return addSince(command, 'only events since')
    .option('--until <time>', 'only events before this time')
    .option('-n, --limit <count>', limit)
    .addOption(new Option('--ascii', 'draw with ASCII characters alone'))
    .addOption(settingOption('tz'))
    .addOption(noServerOption())
    .addOption(reportFormatOption());
}

/** Parses the options. @throws TelemetryError `usage` for a value that is not valid. */
export function lookOptions(flags: LookFlags, usualLimit: number, context: Context): LookOptions {
  const { settings, cwd, streams } = context;
  return {
    store: settings.get('store'),
    where: whereOf(flags),
    since: sinceOf(flags, context.now()),
    until: parsed('--until', flags.until, text => parseInstant(text, context.now())),
    limit: parsed('--limit', flags.limit, text => wholeNumber(0)(text, cwd)) ?? usualLimit,
    format: reportFormat(flags.format, streams),
    glyphStyle: flags.ascii === true ? 'ascii' : 'blocks',
    tz: settings.get('tz'),
  };
}

/** The session of a command with these options. */
export function lookSession({ store, since, until, format, tz }: LookOptions, context: Context): SessionOptions {
  const { streams, signal, readyStores } = context;
  const isForReading = format === 'table' && streams.isTerminal;
  return {
    dir: store,
    since,
    until,
    timezone: tz ?? (isForReading ? Intl.DateTimeFormat().resolvedOptions().timeZone : 'UTC'),
    timeStyle: isForReading ? 'readable' : 'iso',
    signal,
    readyStores,
    onDamaged: damagedSegmentWarning(streams),
  };
}
