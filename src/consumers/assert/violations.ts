import { tokensOf, type Token } from '../../query/sql/split-sql.js';

/** Words after which the rows of a FROM clause are not those that `count(*)` counted. */
const RESHAPES = /^(?:group|having|limit|offset|order|union|intersect|except|window|qualify|sample|using)$/i;

/** Columns that tell people most about an event. */
const READABLE = 'time, type, severity, service, name, message';

/** Statements about the rows that `select count(*) ... from ...` counts. */
export interface CountedRows {
  /** Their number. */
  readonly count: string;
  /** The rows, to be tried in order; empty where the count should be higher. */
  readonly rows: readonly string[];
}

/**
 * Reads a statement of the form `select count(*) = 0 from ...`, with any comparison with a number; undefined for others.
 * @param limit the most rows.
 */
export function countedRows(sql: string, limit: number): CountedRows | undefined {
  const tokens = tokensOf(sql);
  const outer = topLevel(tokens);
  const from = outer.find(({ text }) => /^from$/i.test(text));
  if (!from || outer.some(({ text }) => RESHAPES.test(text))) return undefined;
  const head = tokens.filter(({ index }) => index < from.index).map(({ text }) => text.toLowerCase());
  const [, comparison] = /^select count \( \* \) (<|>|=|< =|> =|< >|! =) \d+(?: as \w+)?$/.exec(head.join(' ')) ?? [];
  if (comparison === undefined) return undefined;
  const rest = sql.slice(from.index);
  const isUpperBound = ['=', '<', '< ='].includes(comparison);
  return {
    count: `select count(*) ${rest}`,
    rows: isUpperBound ? [READABLE, '*'].map(columns => `select ${columns} ${rest}\nlimit ${limit}`) : [],
  };
}

/** The tokens outside of parentheses. */
function topLevel(tokens: readonly Token[]): Token[] {
  let depth = 0;
  return tokens.filter(({ text }) => {
    if (text === '(') depth++;
    if (text === ')') depth--;
    return depth === 0 && text !== ')';
  });
}
