import { tokensOf } from '../query/sql/split-sql.js';
import { scanSql, type OpenText } from '../query/sql/scan-sql.js';
import { parseDot, parseMeta, type MetaCommand } from './meta-command.js';

/** A statement, or a command of the shell, that a line completed. */
export type Input =
  | { readonly kind: 'statement'; readonly sql: string; readonly line: number }
  | { readonly kind: 'meta'; readonly command: MetaCommand; readonly line: number };

/** The state of the text that is being typed, for the prompt. */
export type InputState = 'empty' | 'more' | 'parenthesis' | OpenText;

const WORDS: Readonly<Record<string, string>> = { help: '?', quit: 'q', exit: 'q' };

/** Lines as a person types them: statements end at `;`, by DuckDB's lexical rules, and commands at the end of the line. */
export class ShellInput {
  #text = '';
  /** All before this index was scanned, and has no end of a statement. */
  #scanned = 0;
  #depth = 0;
  #open: OpenText | undefined;
  #hasCode = false;
  #line = 0;
  #firstLine = 1;

  get state(): InputState {
    if (this.#open !== undefined) return this.#open;
    if (!this.#hasCode) return 'empty';
    return this.#depth > 0 ? 'parenthesis' : 'more';
  }

  /** The text of the unfinished statement. */
  get text(): string {
    return this.#text;
  }

  /** True while a statement is unfinished. */
  get isPending(): boolean {
    return this.state !== 'empty';
  }

  /** Takes a line, without its line break. Returns what it completed, in order. */
  add(line: string): Input[] {
    this.#line++;
    if (!this.isPending) {
      const alone = this.#commandAlone(line);
      if (alone) return [{ kind: 'meta', command: alone, line: this.#line }];
      this.clear();
    }
    this.#text += `${line}\n`;
    const inputs: Input[] = [];
    while (this.#scan(inputs));
    return inputs;
  }

  /** Returns the unfinished statement, and forgets it. */
  take(): string {
    const text = this.#text;
    this.clear();
    return text.trim();
  }

  /** Forgets the unfinished statement. */
  clear(): void {
    this.#text = '';
    this.#scanned = 0;
    this.#depth = 0;
    this.#open = undefined;
    this.#hasCode = false;
    this.#firstLine = this.#line;
  }

  /** A line that is a command by itself: one with a dot, and the words with which people leave a shell. */
  #commandAlone(line: string): MetaCommand | undefined {
    if (/^\s*\.[A-Za-z]/.test(line)) return parseDot(line);
    const word = /^\s*(\w+)\s*;?\s*$/.exec(line)?.[1]?.toLowerCase() ?? '';
    return Object.hasOwn(WORDS, word) ? parseMeta(WORDS[word]!)[0] : undefined;
  }

  /** Scans up to the next end of a statement or a backslash. Returns false at the end of the text. */
  #scan(inputs: Input[]): boolean {
    const { tokens, open, openAt } = scanSql(this.#text, this.#scanned);
    for (const { text, index } of tokens) {
      if (text === ';') {
        this.#endStatement(inputs, index);
        return true;
      }
      if (text === '\\') {
        this.#takeMeta(inputs, index);
        return true;
      }
      if (index >= openAt) break;
      this.#hasCode = true;
      if (text === '(') this.#depth++;
      if (text === ')') this.#depth--;
    }
    this.#hasCode ||= open !== undefined && open !== 'comment';
    this.#open = open;
    this.#scanned = openAt;
    return false;
  }

  #endStatement(inputs: Input[], index: number): void {
    const sql = this.#text.slice(0, index).trim();
    const line = this.#firstLine;
    const rest = this.#text.slice(index + 1);
    this.clear();
    this.#text = rest.trim() === '' ? '' : rest;
    if (tokensOf(sql).length > 0) inputs.push({ kind: 'statement', sql, line });
  }

  #takeMeta(inputs: Input[], index: number): void {
    const end = this.#text.indexOf('\n', index);
    const commands = parseMeta(this.#text.slice(index + 1, end).trim());
    this.#text = `${this.#text.slice(0, index).trimEnd()}${this.#text.slice(end)}`;
    if (!this.#hasCode) this.clear();
    this.#scanned = this.#text.length;
    for (const command of commands) inputs.push({ kind: 'meta', command, line: this.#line });
  }
}
