/** Other names of commands, which work like them and are left out of their lists. */
export const OTHER_NAMES: Readonly<Record<string, string>> = {
  logs: 'tail',
  sql: 'query',
  import: 'ingest',
  status: 'stats',
  delete: 'prune',
};

/** A command line as the program takes it. */
export interface CommandLine {
  readonly args: readonly string[];
  /** The command that is called for; undefined without one. */
  readonly command: string | undefined;
}

/**
 * Replaces other names of a command by its own, and `version`, `-v` and `-V` by `--version`. `logs` ends after the past
 * events as that of other programs does; `-f` follows.
 */
export function commandLine(args: readonly string[]): CommandLine {
  const at = commandIndex(args);
  const [before, word, after] = [args.slice(0, at), args[at], args.slice(at + 1)];
  if (word === undefined)
    return { args: args.map(arg => (/^-[vV]$/.test(arg) ? '--version' : arg)), command: undefined };
  if (word === 'version') return { args: [...before, '--version'], command: undefined };
  if (word === 'help') return { args: [...before, word, ...after.map(own)], command: undefined };
  const command = own(word);
  return { args: [...before, command, ...(word === 'logs' ? ['--no-follow'] : []), ...after], command };
}

/** Where the command stands: before it there are only options of the program, of which --store takes a value. */
function commandIndex(args: readonly string[]): number {
  let at = 0;
  while (args[at]?.startsWith('-')) at += args[at] === '--store' ? 2 : 1;
  return at;
}

function own(word: string): string {
  return Object.hasOwn(OTHER_NAMES, word) ? OTHER_NAMES[word]! : word;
}
