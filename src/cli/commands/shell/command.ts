import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { parseInstant } from '../../../core/duration.js';
import type { Manual, Start } from '../../shared/context.js';
import { collect, formatOption, pair, parsed, settingOption } from '../../shared/options.js';
import { INSTANT_FORMS, lastOption, sinceOf, type SinceFlags } from '../../shared/time-options.js';
import { QUERY_FORMATS } from '../query/options.js';
import { settingsOf, type ShellOptions } from './options.js';

interface ShellFlags extends SinceFlags {
  readonly file?: string;
  readonly set?: string[];
  readonly format?: string;
  readonly null?: string;
  readonly until?: string;
  readonly by?: string;
  readonly tz?: string;
  readonly with?: string[];
}

const MANUAL: Omit<Manual, 'command'> = {
  examples: [
    { line: 'telemetry shell', purpose: 'Type SQL; \\? lists the commands' },
    { line: 'telemetry shell --since 1h', purpose: 'Look at the last hour alone' },
    { line: 'telemetry shell -v ON_ERROR_STOP=on < report.sql', purpose: 'Run a file, up to the first error' },
    { line: 'telemetry shell -v service=shop -f report.sql', purpose: 'Run a file with a value for $service' },
  ],
  notes: [
    'A statement ends at a semicolon. Tab completes tables, columns, functions, keywords, and in a string the values of the column before it. Ctrl-C cancels the statement that runs or is being typed; Ctrl-D at an empty prompt quits. Results that are longer than the screen go to $PAGER, or to less -S.',
    'Commands begin with a backslash, as those of psql, or with a dot, as those of duckdb; \\? lists them. @NAME name=value; runs a saved query.',
    'The file shell_history in the store holds the last 1000 statements.',
    'Exit code: 0 when a person quits. For stdin or a file, that of the first statement that failed, as of telemetry query; with ON_ERROR_STOP the rest is not run.',
  ],
};

/** `telemetry shell` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('shell')
    .summary('type SQL at a prompt')
    .description(
      'Runs SQL as you type it, with completion, history and the commands of psql. Each statement sees the newest events. ' +
        'Without a terminal, it runs the statements of stdin.',
    )
    .addOption(settingOption('store'))
    .option('-f, --file <path>', 'run the statements of a file, or - for stdin, and exit')
    .option('-v, --set <name=value>', 'set a variable: ON_ERROR_STOP, or the value of $name; repeatable', collect)
    .addOption(
      formatOption(
        QUERY_FORMATS.filter(format => format !== 'parquet'),
        'table on a terminal, else ndjson',
      ),
    )
    .option('--null <text>', 'print this for NULL')
    .option('--since <time>', `only events at or after this time: ${INSTANT_FORMS}`)
    .addOption(lastOption())
    .option('--until <time>', 'only events before this time')
    .addOption(
      new Option('--by <time>', 'the time that --since and --until compare: time or received (default: time)').choices([
        'time',
        'received',
      ]),
    )
    .addOption(settingOption('tz'))
    .addOption(settingOption('queryMemory'))
    .option('--with <name=path>', 'use a CSV, JSON or Parquet file as a table; repeatable', collect);
  command.action(async () => {
    const flags = command.opts<ShellFlags>();
    const context = await start(command.optsWithGlobals());
    const { cwd, settings } = context;
    sinceOf(flags, context.now());
    parsed('--until', flags.until, text => parseInstant(text, context.now()));
    const options: ShellOptions = {
      store: settings.get('store'),
      file: flags.file === undefined || flags.file === '-' ? flags.file : resolve(cwd, flags.file),
      variables: (flags.set ?? []).map(text => pair('--set', text.includes('=') ? text : `${text}=on`)),
      settings: settingsOf({
        ...flags,
        since: flags.since ?? flags.last,
        format: flags.format ?? settings.get('format'),
        tz: settings.get('tz'),
      }),
      files: (flags.with ?? []).map(text => {
        const [name, file] = pair('--with', text, { form: 'name=file', example: 'users=users.csv' });
        return { name, file: resolve(cwd, file) };
      }),
    };
    const { run } = await import('./run.js');
    await run(options, context);
  });
  return { command, ...MANUAL };
}
