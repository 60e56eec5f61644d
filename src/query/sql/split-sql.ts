/** A string, a quoted name, a dollar-quoted string, a comment, a word, white space or any other character. */
const TOKEN =
  /[eE]'(?:[^'\\]|\\[^]|'')*'?|'(?:[^']|'')*'?|"(?:[^"]|"")*"?|(\$(?:[A-Za-z_\x80-\uffff][\w\x80-\uffff]*)?\$)[^]*?(?:\1|$)|--[^\n]*|\/\*[^]*?(?:\*\/|$)|[\w\x80-\uffff]+|\s+|[^]/g;

const NO_CODE = /^(?:\s|--|\/\*)/;

/** A piece of SQL that is neither white space nor a comment. */
export interface Token {
  readonly text: string;
  readonly index: number;
}

/** The tokens of SQL text, without white space and comments. */
export function tokensOf(sql: string): Token[] {
  return [...sql.matchAll(TOKEN)]
    .map(({ 0: text, index }) => ({ text, index }))
    .filter(({ text }) => !NO_CODE.test(text));
}

/**
 * Splits SQL text into its statements. Each keeps its offset: the text before it becomes white space, so that lines and
 * carets of errors are those of the whole text.
 */
export function splitStatements(sql: string): string[] {
  const statements: string[] = [];
  let start = 0;
  let hasCode = false;
  for (const { text, index } of [...tokensOf(sql), { text: ';', index: sql.length }]) {
    if (text !== ';') {
      hasCode = true;
      continue;
    }
    if (hasCode) statements.push(blankUntil(sql.slice(0, index), start));
    hasCode = false;
    start = index + 1;
  }
  return statements;
}

/** Replaces the text before `index` with white space of the same length and lines. */
export function blankUntil(sql: string, index: number): string {
  return sql.slice(0, index).replace(/[^\n]/g, ' ') + sql.slice(index);
}
