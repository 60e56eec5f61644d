import { splitStatements, tokensOf } from '../../query/sql/split-sql.js';

/** A statement that has to be true, with the name that reports give it. */
export interface Assertion {
  readonly name: string;
  /** One statement, at its offset in the text that it came from. */
  readonly sql: string;
}

/** The most characters of a statement that stand for its name. */
const MAX_NAME_LENGTH = 100;

const LINE_COMMENT = /^\s*--[ \t]?(.*)$/;

/**
 * Reads the assertions of a text: its statements, each named by `-- name: NAME` before it, else by the first comment
 * line right before it, else by its own text.
 */
export function assertionsOf(text: string): Assertion[] {
  return splitStatements(text).map(sql => ({ name: commentName(sql) ?? shortText(sql), sql }));
}

/** The name in the comment lines before a statement. */
function commentName(sql: string): string | undefined {
  const start = tokensOf(sql)[0]?.index ?? 0;
  // Earlier statements are white space here, and their comments with them.
  const lines = sql.slice(0, start).split('\n').slice(0, -1).reverse();
  const comments: string[] = [];
  for (const line of lines) {
    const comment = LINE_COMMENT.exec(line)?.[1];
    if (comment === undefined) break;
    comments.unshift(comment.trim());
  }
  const named = comments.map(comment => /^name:\s*(.+)$/i.exec(comment)?.[1]).find(name => name !== undefined);
  return named ?? comments.find(comment => comment !== '');
}

function shortText(sql: string): string {
  const tokens = tokensOf(sql);
  const last = tokens.at(-1);
  const end = last === undefined ? 0 : last.index + last.text.length;
  const text = sql.slice(tokens[0]?.index ?? 0, end).replace(/\s+/g, ' ');
  return text.length <= MAX_NAME_LENGTH ? text : `${text.slice(0, MAX_NAME_LENGTH - 1)}…`;
}
