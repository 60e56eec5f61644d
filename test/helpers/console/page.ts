import { spawnSync } from 'node:child_process';

/** A command of a page, in the order of the page. */
export interface PageCommand {
  /** What is typed, over several lines where quotes are open at their ends. */
  readonly text: string;
  /** The line of the page that it begins at, counted from 1. */
  readonly line: number;
  /** The lines that it prints; undefined for a hidden command, whose output does not matter. */
  readonly expected: readonly string[] | undefined;
  /** The page says that the numbers of its output differ from run to run. */
  readonly numbersVary: boolean;
}

/** What a page tells its reader to do. */
export interface Page {
  readonly commands: readonly PageCommand[];
  /** Files that the page shows, by name. */
  readonly files: ReadonlyMap<string, string>;
  /** No server runs on the store at first. */
  readonly hasNoServer: boolean;
}

/** Comments of a page that are for its test: Markdown does not show them. */
const FILE = /^<!-- file: (\S+) -->$/;
const NUMBERS_VARY = '<!-- console: numbers vary -->';
const NO_SERVER = '<!-- console: no server -->';
const HIDDEN_START = '<!-- console: before';
const HIDDEN_END = '-->';

/**
 * Reads the `console` blocks of a page, and the comments for them:
 *
 * - `<!-- file: NAME -->` before a block: the block is the contents of that file. `$ cat NAME` makes one too.
 * - `<!-- console: before` and lines of shell up to `-->`: run unseen, for what a page takes for granted. `serve`
 *   restarts the server, `fresh` gives it an empty store.
 * - `<!-- console: numbers vary -->` before a block: its numbers are those of the machine.
 * - `<!-- console: no server -->`: the page begins without a server.
 */
export function readPage(markdown: string): Page {
  const lines = markdown.split('\n');
  const commands: PageCommand[] = [];
  const files = new Map<string, string>();
  let notes: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    const fence = /^( *)```(\w*)/.exec(line);
    if (line === HIDDEN_START) {
      const end = lines.indexOf(HIDDEN_END, at);
      const text = lines.slice(at + 1, end).join('\n');
      commands.push({ text, line: at + 1, expected: undefined, numbersVary: false });
      at = end;
    } else if (fence) {
      const [, indent = '', language] = fence;
      const end = lines.indexOf(`${indent}\`\`\``, at + 1);
      const body = lines.slice(at + 1, end).map(text => text.slice(indent.length));
      const name = notes.map(note => FILE.exec(note)?.[1]).find(found => found !== undefined);
      if (name !== undefined) files.set(name, `${body.join('\n')}\n`);
      if (language === 'console') commands.push(...commandsOf(body, at + 2, notes.includes(NUMBERS_VARY)));
      at = end;
      notes = [];
    } else if (line.startsWith('<!-- ')) {
      notes.push(line);
    } else if (line !== '') {
      notes = [];
    }
  }
  for (const { text, expected = [] } of commands) {
    const name = /^cat (\S+)$/.exec(text)?.[1];
    if (name !== undefined && !files.has(name)) files.set(name, `${expected.join('\n')}\n`);
  }
  return { commands, files, hasNoServer: lines.includes(NO_SERVER) };
}

function commandsOf(body: readonly string[], firstLine: number, numbersVary: boolean): PageCommand[] {
  const commands: { text: string; line: number; expected: string[]; numbersVary: boolean }[] = [];
  for (const [index, line] of body.entries()) {
    const last = commands.at(-1);
    if (line.startsWith('$ ')) {
      commands.push({ text: line.slice(2), line: firstLine + index, expected: [], numbersVary });
    } else if (last === undefined) {
      throw new Error(`line ${firstLine + index}: a console block begins with a command: "$ ..."`);
    } else if (last.expected.length === 0 && isOpen(last.text)) {
      last.text += `\n${line}`;
    } else {
      last.expected.push(line);
    }
  }
  return commands;
}

/** True where the shell would ask for another line. */
function isOpen(text: string): boolean {
  if (!/\\$|'|"|<</.test(text)) return false;
  return text.endsWith('\\') || spawnSync('bash', ['-n', '-c', text]).status !== 0;
}
