/** Aliases of commands. Lists of commands omit them. */
export const OTHER_NAMES: Readonly<Record<string, string>> = {
  logs: 'tail',
  sql: 'query',
  import: 'ingest',
  status: 'stats',
  delete: 'prune',
};

/** A command line after the aliases have been replaced. */
export interface CommandLine {
  readonly args: readonly string[];
  /** The name of the command; undefined without one. */
  readonly command: string | undefined;
}

/**
 * Replaces aliases of commands, and `version`, `-v` and `-V` by `--version`. Like the `logs` of other programs, `logs`
 * ends after the past events unless `-f` is given. SQL may begin with a comment.
 */
export function commandLine(args: readonly string[]): CommandLine {
  const at = commandIndex(args);
  const [before, word, after] = [args.slice(0, at), args[at], args.slice(at + 1)];
  if (word === undefined)
    return { args: args.map(arg => (/^-[vV]$/.test(arg) ? '--version' : arg)), command: undefined };
  if (word === 'version') return { args: [...before, '--version'], command: undefined };
  if (word === 'help') return { args: [...before, word, ...after.map(own)], command: undefined };
  const command = own(word);
  const given = after.map(arg => (SQL_COMMENT.test(arg) ? ` ${arg}` : arg));
  return { args: [...before, command, ...(word === 'logs' ? ['--no-follow'] : []), ...given], command };
}

/** The beginning of SQL, which would be taken for an option. */
const SQL_COMMENT = /^--\s/;

/** The index of the command. Only program options precede it, of which --store takes a value. */
function commandIndex(args: readonly string[]): number {
  let at = 0;
  while (args[at]?.startsWith('-')) at += args[at] === '--store' ? 2 : 1;
  return at;
}

function own(word: string): string {
  return Object.hasOwn(OTHER_NAMES, word) ? OTHER_NAMES[word]! : word;
}
