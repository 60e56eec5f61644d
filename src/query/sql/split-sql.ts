import { scanSql, type Token } from './scan-sql.js';

export type { Token } from './scan-sql.js';

/** The tokens of SQL text, without white space and comments. */
export function tokensOf(sql: string): Token[] {
  return [...scanSql(sql).tokens];
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

/** True for text that cannot end parentheses around it, nor leave a quote, a comment or a bracket open within them. */
export function staysWithinParentheses(text: string): boolean {
  const tokens = tokensOf(`${text}\n)`);
  let depth = 0;
  for (const { text: token } of tokens.slice(0, -1)) {
    if (token === ';') return false;
    if (token === '(') depth++;
    if (token === ')' && --depth < 0) return false;
  }
  return depth === 0 && tokens.at(-1)?.text === ')';
}

/** Replaces the text before `index` with white space of the same length and lines. */
export function blankUntil(sql: string, index: number): string {
  return sql.slice(0, index).replace(/[^\n]/g, ' ') + sql.slice(index);
}
