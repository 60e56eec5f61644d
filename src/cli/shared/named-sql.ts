import { resolve } from 'node:path';
import { TelemetryError } from '../../core/errors.js';

/** The arguments of a command that creates, lists, shows and removes SQL under names. */
export interface NamedSqlArguments {
  /** The name of the command, such as `view`. */
  readonly command: string;
  /** The noun for one item, such as `view`. */
  readonly noun: string;
  /** The noun for all items. */
  readonly plural: string;
  readonly action: string;
  readonly name: string | undefined;
  /** The sources of the SQL: the argument, --sql and --file. */
  readonly sql: string | undefined;
  readonly flags: { readonly sql?: string; readonly file?: string };
  /** Other flags of `create`, and true for those that were given. */
  readonly createFlags: Readonly<Record<string, boolean>>;
}

/**
 * Checks that `list` has no name and each other action one, that only `create` has SQL and its flags, and that the SQL was
 * given once.
 * @throws TelemetryError `usage`.
 */
export function checkNamedSql(given: NamedSqlArguments): void {
  const { command, noun, plural, action, name, sql, flags, createFlags } = given;
  const usage = (message: string, remedy: string): TelemetryError => new TelemetryError('usage', message, { remedy });
  if (action === 'list' && name !== undefined) {
    throw usage(
      `\`telemetry ${command} list\` takes no name`,
      `It prints all ${plural}; telemetry ${command} show ${name} prints one.`,
    );
  }
  if (action !== 'list' && (name === undefined || name === '')) {
    throw usage(
      `\`telemetry ${command} ${action}\` needs the name of a ${noun}`,
      `Write it like telemetry ${command} ${action} errors.`,
    );
  }
  const sources = { SQL: sql !== undefined, '--sql': flags.sql !== undefined, '--file': flags.file !== undefined };
  if (action !== 'create') {
    const [wrong] = Object.entries({ ...sources, ...createFlags }).find(([, isGiven]) => isGiven) ?? [];
    if (wrong !== undefined) throw usage(`${wrong} is for \`telemetry ${command} create\``, 'Leave it out.');
  }
  if (Object.values(sources).filter(Boolean).length > 1) {
    throw usage('the SQL was given twice', 'Give it as an argument, with --sql, with --file or on stdin.');
  }
}

/** The absolute path of the value of --file; `-` is stdin. @param cwd the directory of a relative path. */
export function sqlFile(file: string | undefined, cwd: string): string | undefined {
  return file === undefined || file === '-' ? file : resolve(cwd, file);
}
