import { Argument, type Command } from 'commander';
import type { Manual, Start } from '../../shared/context.js';
import { checkNamedSql, sqlFile } from '../../shared/named-sql.js';
import { collect, pair, reportFormat, reportFormatOption, settingOption } from '../../shared/options.js';
import { ACTIONS, type SavedOptions } from './options.js';

interface SavedFlags {
  readonly sql?: string;
  readonly file?: string;
  readonly describe?: string;
  readonly param?: string[];
  readonly replace?: boolean;
  readonly force?: boolean;
  readonly format?: string;
}

/** `telemetry saved` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('saved')
    .summary('create, list, show and remove saved queries')
    .description(
      'Creates, lists, shows and removes the saved queries of a store: SQL with parameters under a name, which ' +
        '`telemetry query @NAME` runs. Each is a file, queries/NAME.sql in the store.',
    )
    .addArgument(new Argument('<action>', 'action').choices(ACTIONS))
    .argument('[name]', 'name of the query to create, show or remove')
    .argument('[sql]', 'for create: the SQL, or - for stdin (default: --sql, --file or stdin)')
    .addOption(settingOption('store'))
    .option('--sql <sql>', 'for create: the SQL')
    .option('-f, --file <path>', 'for create: read the SQL from a file, or - for stdin')
    .option('--describe <text>', 'for create: what the query answers')
    .option('-p, --param <name=value>', 'for create: value of $name where a query gives none; repeatable', collect)
    .option('--replace', 'for create: replace the query of that name')
    .option('--force', 'for create: also SQL that does not run yet, for events to come')
    .addOption(reportFormatOption());
  command.action(async (action: SavedOptions['action'], name: string | undefined, sql: string | undefined) => {
    const flags = command.opts<SavedFlags>();
    checkArguments(action, name, sql, flags);
    const context = await start(command.optsWithGlobals());
    const options: SavedOptions = {
      action,
      name: (name ?? '').replace(/^@/, ''),
      sql: sql ?? flags.sql,
      file: sqlFile(flags.file, context.cwd),
      description: flags.describe ?? '',
      defaults: Object.fromEntries((flags.param ?? []).map(text => pair('--param', text))),
      replaces: flags.replace === true,
      isForced: flags.force === true,
      store: context.settings.get('store'),
      format: reportFormat(flags.format, context.streams),
    };
    const { run } = await import('./run.js');
    await run(options, context);
  });
  return {
    command,
    examples: [
      {
        line: `telemetry saved create slow 'from spans where duration_ms > $ms' -p ms=500`,
        purpose: 'Save a query whose parameter has a default',
      },
      { line: 'telemetry query @slow -p ms=200 --since 1h', purpose: 'Run it' },
      { line: 'telemetry saved list', purpose: 'List the saved queries' },
      { line: 'telemetry saved show slow', purpose: 'Print its SQL and parameters' },
      { line: 'telemetry saved create slow -f slow.sql --replace', purpose: 'Create or replace one from a file' },
      { line: 'telemetry saved rm slow', purpose: 'Remove it' },
    ],
    notes: [
      'A query is a file of SQL, whose first comment lines are its header: -- description: TEXT and -- default: NAME=VALUE. Files may be written, edited and removed by hand, and kept in git; psql and duckdb read them too. A name is an identifier that SQL reads without quotes, and is not that of a view, cube, alert rule or built-in table.',
      'query, chart, assert and shell run @NAME with its parameters. view create, cube create --sql and alert create --when copy the text of @NAME, for a query without parameters.',
    ],
  };
}

function checkArguments(
  action: SavedOptions['action'],
  name: string | undefined,
  sql: string | undefined,
  flags: SavedFlags,
): void {
  const createFlags = {
    '--describe': flags.describe !== undefined,
    '--param': flags.param !== undefined,
    '--replace': flags.replace === true,
    '--force': flags.force === true,
  };
  checkNamedSql({ command: 'saved', noun: 'query', plural: 'queries', action, name, sql, flags, createFlags });
}
