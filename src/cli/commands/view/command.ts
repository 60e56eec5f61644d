import { Argument, Option, type Command } from 'commander';
import { TelemetryError } from '../../../core/errors.js';
import type { Manual, Start } from '../../shared/context.js';
import { checkNamedSql, sqlFile } from '../../shared/named-sql.js';
import { reportFormat, reportFormatOption, settingOption } from '../../shared/options.js';
import { ACTIONS, type ViewOptions } from './options.js';

interface ViewFlags {
  readonly sql?: string;
  readonly file?: string;
  readonly replace?: boolean;
  readonly force?: boolean;
  readonly all?: boolean;
  readonly format?: string;
}

/** `telemetry view` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('view')
    .summary('create, list, show and remove views')
    .description(
      'Creates, lists, shows and removes the views of a store: SELECT statements that queries read under a name, as ' +
        'tables. A view holds no rows; it always answers from the newest events.',
    )
    .addArgument(new Argument('<action>', 'action').choices(ACTIONS))
    .argument('[name]', 'name of the view to create, show or remove')
    .argument('[sql]', 'for create: the SELECT, or - for stdin (default: --sql, --file or stdin)')
    .addOption(settingOption('store'))
    .option('--sql <sql>', 'for create: the SELECT')
    .option('-f, --file <path>', 'for create: read the SELECT from a file, or - for stdin')
    .option('--replace', 'for create: replace the view of that name')
    .addOption(new Option('--force', 'for rm and create --replace: also if other views that read it then fail'))
    .option('--all', 'for list: also the built-in views')
    .addOption(reportFormatOption());
  command.action(async (action: ViewOptions['action'], name: string | undefined, sql: string | undefined) => {
    const flags = command.opts<ViewFlags>();
    checkArguments(action, name, sql, flags);
    const context = await start(command.optsWithGlobals());
    const options: ViewOptions = {
      action,
      name: name ?? '',
      sql: sql ?? flags.sql,
      file: sqlFile(flags.file, context.cwd),
      replaces: flags.replace === true,
      listsAll: flags.all === true,
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
        line: `telemetry view create errors --sql "from logs where severity = 'ERROR'"`,
        purpose: 'Create a view',
      },
      { line: 'telemetry query "select service, count(*) from errors group by all"', purpose: 'Query it' },
      { line: 'telemetry view create slow -f slow.sql --replace', purpose: 'Create or replace one from a file' },
      { line: 'telemetry view show errors', purpose: 'Print its SQL and columns' },
      { line: 'telemetry view rm errors', purpose: 'Remove it' },
    ],
    notes: [
      'A name is an identifier that SQL reads without quotes, at most 63 characters, and is not that of another stored object or of a built-in table. Views that differ only by case are the same. A view may read other views. One that other views read is replaced or removed only if these can still be read, or with --force.',
      'telemetry schema NAME describes the columns of a view. docs/querying/views.md lists the built-in views.',
    ],
  };
}

function checkArguments(
  action: ViewOptions['action'],
  name: string | undefined,
  sql: string | undefined,
  flags: ViewFlags,
): void {
  const createFlags = { '--replace': flags.replace === true };
  checkNamedSql({ command: 'view', noun: 'view', plural: 'views', action, name, sql, flags, createFlags });
  const usage = (message: string): TelemetryError => new TelemetryError('usage', message, { remedy: 'Leave it out.' });
  const isChange = action === 'rm' || (action === 'create' && flags.replace === true);
  if (flags.force === true && !isChange) {
    throw usage('--force is for `telemetry view rm` and `telemetry view create --replace`');
  }
  if (flags.all === true && action !== 'list') throw usage('--all is for `telemetry view list`');
}
