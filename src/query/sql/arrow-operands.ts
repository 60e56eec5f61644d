import { tokensOf, type Token } from './split-sql.js';

/** Tokens that a comparison's operand can follow, where an arrow would take more than its operand. */
const BEFORE = new Set(['and', 'or', 'not', 'between', 'like', 'ilike', '=', '<', '>', '|', '+', '-', '*', '/', '%']);

const NAME = /^(?:"|[\p{L}_])/u;
const LITERAL = /^(?:'|\d+$)/;

/**
 * Puts parentheses around `payload ->> 'key'` after an operator. DuckDB 1.5 gives the arrows the lowest precedence of
 * all (2.0 that of PostgreSQL): `a and payload ->> 'key' = 'x'` is `(a and payload) ->> ...`, which fails, and `'x' =
 * payload ->> 'key'` is NULL for every event.
 */
export function bracketArrowOperands(sql: string): string {
  if (!sql.includes('->')) return sql;
  const tokens = tokensOf(sql);
  const inserts: { readonly at: number; readonly text: string }[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const end = endOfPath(tokens, i);
    if (end === i || !BEFORE.has(tokens[i - 1]?.text.toLowerCase() ?? '')) continue;
    const last = tokens[end - 1]!;
    inserts.push({ at: tokens[i]!.index, text: '(' }, { at: last.index + last.text.length, text: ')' });
    i = end - 1;
  }
  return inserts.reduceRight((text, { at, text: inserted }) => text.slice(0, at) + inserted + text.slice(at), sql);
}

/** The index past a name and the arrows with literals that follow it; `from` when no arrow follows. */
function endOfPath(tokens: readonly Token[], from: number): number {
  const textAt = (i: number): string => tokens[i]?.text ?? '';
  if (!NAME.test(textAt(from))) return from;
  let at = from + 1;
  while (textAt(at) === '.' && NAME.test(textAt(at + 1))) at += 2;
  let end = from;
  for (;;) {
    if (textAt(at) !== '-' || textAt(at + 1) !== '>') return end;
    at += textAt(at + 2) === '>' ? 3 : 2;
    if (!LITERAL.test(textAt(at))) return end;
    end = ++at;
  }
}
