/** A command of the shell itself: `\d events`, or `.tables`. */
export interface MetaCommand {
  /** The name without its sign, as in {@link META_COMMANDS} or, for a dot command, in {@link DOT_COMMANDS}. */
  readonly name: string;
  readonly args: readonly string[];
  /** All after the name, as written. */
  readonly rest: string;
  /** The command as written, for errors. */
  readonly text: string;
}

/** A command with its arguments and purpose, for `\?`. */
export interface MetaHelp {
  readonly args: string;
  readonly help: string;
  /** True where the rest of the line belongs to the command, backslashes too. */
  readonly takesRest?: true;
}

/** The commands, as psql names them, under the headings of `\?`. */
export const META_COMMANDS = {
  q: { args: '', help: 'quit' },
  '?': { args: '', help: 'print this help' },
  g: { args: '[FILE]', help: 'run the query, or the last one; rows go to a file or |COMMAND' },
  gx: { args: '', help: 'as \\g, one column a line' },
  watch: { args: '[SECONDS]', help: 'run the query again and again, until Ctrl-C' },
  chart: { args: '[SQL]', help: 'draw the query, or the last one', takesRest: true },
  trace: { args: '[ID]', help: 'list traces, or draw one' },
  saved: { args: '', help: 'list saved queries; @NAME p=VALUE; runs one' },
  p: { args: '', help: 'print the query that is being typed' },
  r: { args: '', help: 'forget it' },
  e: { args: '[FILE]', help: 'edit it, or the last one, in $EDITOR' },
  w: { args: 'FILE', help: 'write it to a file' },
  s: { args: '', help: 'print the history' },
  i: { args: 'FILE', help: 'run the statements of a file' },
  o: { args: '[FILE]', help: 'rows go to a file or |COMMAND; without one to the screen', takesRest: true },
  once: { args: 'FILE', help: 'rows of the next statement go to a file or |COMMAND', takesRest: true },
  echo: { args: 'TEXT', help: 'print a text' },
  '!': { args: '[COMMAND]', help: 'run a command of the system', takesRest: true },
  cd: { args: '[DIR]', help: 'change the working directory' },
  d: { args: '[NAME]', help: 'list tables, or the columns of one; \\d+ counts values' },
  dt: { args: '[PATTERN]', help: 'list tables and views' },
  dv: { args: '[PATTERN]', help: 'list views' },
  df: { args: '[PATTERN]', help: 'list functions' },
  l: { args: '', help: 'describe the store and its server' },
  x: { args: '[on|off]', help: 'one column a line' },
  timing: { args: '[on|off]', help: 'print the time of each statement' },
  pset: { args: '[NAME [VALUE]]', help: 'print or change a setting' },
  set: { args: '[NAME [VALUE]]', help: 'print or give values of $NAME, or ON_ERROR_STOP' },
  unset: { args: 'NAME', help: 'forget a value' },
  since: { args: '[TIME]', help: 'only events since then, such as 1h; without one all' },
  until: { args: '[TIME]', help: 'only events before then' },
} as const satisfies Readonly<Record<string, MetaHelp>>;

/** The name of a command. */
export type MetaName = keyof typeof META_COMMANDS;

/** Other spellings of psql. */
const SAME: Readonly<Record<string, MetaName>> = {
  quit: 'q',
  edit: 'e',
  print: 'p',
  reset: 'r',
  write: 'w',
  include: 'i',
  ir: 'i',
  out: 'o',
  qecho: 'echo',
  list: 'l',
  dm: 'dv',
  conninfo: 'l',
  help: '?',
  h: '?',
};

/** The dot commands of duckdb and sqlite3 as commands of psql; `*` is for their arguments. */
export const DOT_COMMANDS: Readonly<Record<string, readonly [name: MetaName, ...args: string[]]>> = {
  tables: ['dt', '*'],
  schema: ['d', '*'],
  columns: ['pset', 'columns', '*'],
  width: ['pset', 'columns', '*'],
  maxwidth: ['pset', 'columns', '*'],
  maxrows: ['pset', 'limit', '*'],
  mode: ['pset', 'format', '*'],
  nullvalue: ['pset', 'null', '*'],
  show: ['pset'],
  timer: ['timing', '*'],
  output: ['o', '*'],
  once: ['once', '*'],
  read: ['i', '*'],
  bail: ['set', 'ON_ERROR_STOP', '*'],
  print: ['echo', '*'],
  shell: ['!', '*'],
  system: ['!', '*'],
  cd: ['cd', '*'],
  edit: ['e', '*'],
  databases: ['l'],
  help: ['?'],
  quit: ['q'],
  exit: ['q'],
};

/** True for a name of {@link META_COMMANDS}. */
export function isMetaName(name: string): name is MetaName {
  return Object.hasOwn(META_COMMANDS, name);
}

/**
 * Parses the text after a backslash, up to the end of its line. A word that begins with a backslash is the next command.
 * Words are split at blanks, as psql does: `'a ''b'''` and `"a b"` are one word.
 */
export function parseMeta(text: string): MetaCommand[] {
  const [, written = ''] = /^([?!]|[A-Za-z]+\+?|\S?)/.exec(text) ?? [];
  const hasPlus = written.endsWith('+');
  const plain = hasPlus ? written.slice(0, -1) : written;
  const name = Object.hasOwn(SAME, plain) ? SAME[plain]! : plain;
  const after = text.slice(written.length);
  if (isMetaName(name) && 'takesRest' in META_COMMANDS[name]) return [commandOf(name, '\\', text, after)];
  const next = nextCommand(after);
  const rest = next === undefined ? after : after.slice(0, next);
  const command = commandOf(hasPlus ? `${name}+` : name, '\\', `${written}${rest}`, rest);
  return next === undefined ? [command] : [command, ...parseMeta(after.slice(next + 1))];
}

/** Parses a line that begins with a dot. The name may be cut short, as long as it is the only one. */
export function parseDot(line: string): MetaCommand {
  const text = line.trim().slice(1);
  const written = /^\w*/.exec(text)![0].toLowerCase();
  const names = Object.keys(DOT_COMMANDS).filter(name => name.startsWith(written));
  const name = Object.hasOwn(DOT_COMMANDS, written) ? written : names.length === 1 ? names[0]! : undefined;
  const rest = text.slice(written.length).trim();
  if (name === undefined) return commandOf(`.${written}`, '.', text, rest);
  const [meta, ...fixed] = DOT_COMMANDS[name]!;
  const args = fixed.flatMap(arg => (arg === '*' ? wordsOf(rest) : [arg]));
  return { name: meta, args, rest, text: `.${text}` };
}

function commandOf(name: string, sign: string, text: string, rest: string): MetaCommand {
  return { name, args: wordsOf(rest), rest: rest.trim(), text: `${sign}${text.trim()}` };
}

const WORD = /'(?:[^']|'')*'?|"[^"]*"?|[^\s'"]+/g;

/** The words of a text, without their quotes. Quoted parts that touch are one word. */
export function wordsOf(text: string): string[] {
  const words: string[] = [];
  let end = -1;
  for (const match of text.matchAll(WORD)) {
    const part = unquoted(match[0]);
    if (match.index === end) words.push(`${words.pop() ?? ''}${part}`);
    else words.push(part);
    end = match.index + match[0].length;
  }
  return words;
}

function unquoted(part: string): string {
  if (part.startsWith("'")) return part.replace(/^'|'$/g, '').replaceAll("''", "'");
  return part.startsWith('"') ? part.replace(/^"|"$/g, '') : part;
}

/** The index of the backslash of the next command; undefined without one. */
function nextCommand(text: string): number | undefined {
  for (const { 0: part, index } of text.matchAll(WORD)) {
    if (part.startsWith('\\') && /\s/.test(text[index - 1] ?? ' ')) return index;
  }
  return undefined;
}
