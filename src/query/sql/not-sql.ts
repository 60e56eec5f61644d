import { tableLike, VIEWS } from './meanings.js';
import type { Failed } from './type-hints.js';

/** Commands of the shells of PostgreSQL, SQLite and DuckDB, and words of other query tools. */
const SHELL_COMMAND =
  /^\s*(?:[\\.](?:d|dt|dv|l|tables|views|schema|databases|fullschema|help|h|\?)\b|help\b|tables\b)/i;

const COMPARISON = /[=<>]|\b(?:like|ilike|in|is)\b/i;

/** A hint for a text that is not SQL: a command of a shell, the name of a view, or a condition alone. */
export function notSql({ message, place }: Failed): string | undefined {
  const { sql, tokens, at } = place;
  if (!message.startsWith('Parser Error: syntax error at or near') || at > 0) return undefined;
  if (SHELL_COMMAND.test(sql)) {
    return '`show tables` lists the views, `describe events` the columns, and telemetry schema both with their values.';
  }
  const first = tokens[0]?.text.toLowerCase() ?? '';
  const view =
    VIEWS.find(name => name === first) ?? (tokens.length === 1 ? tableLike(first)?.split(',')[0] : undefined);
  if (view !== undefined) return `A query begins with a verb: from ${view}, or select count(*) from ${view}.`;
  return COMPARISON.test(sql) ? `For a condition alone, put \`from events where\` before it.` : undefined;
}
