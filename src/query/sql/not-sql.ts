import { tableLike, VIEWS } from './meanings.js';
import type { Failed } from './type-hints.js';

/** Commands of the shells of PostgreSQL, SQLite and DuckDB, and words of other query tools. */
const SHELL_COMMAND =
  /^\s*(?:[\\.](?:d|dt|dv|l|tables|views|schema|databases|fullschema|help|h|\?)\b|help\b|tables\b)/i;

const COMPARISON = /[=<>]|\b(?:like|ilike|in|is)\b/i;

/** A hint for what other databases or tools take: their forms of LIMIT, and files by their names. */
export function otherDialect({ message, place }: Failed): string | undefined {
  const file = /^Permission Error: Cannot access file "([^"]+)"/.exec(message)?.[1];
  if (file !== undefined) return `A query reads other files with --with: --with t=${file} "from t".`;
  if (!message.startsWith('Parser Error')) return undefined;
  const [, offset, rows] = /\blimit\s+(\d+)\s*,\s*(\d+)/i.exec(place.sql) ?? [];
  if (rows !== undefined) return `Write limit ${rows} offset ${offset!}.`;
  const top = /^\s*select\s+top\s*\(?\s*(\d+)/i.exec(place.sql)?.[1];
  return top === undefined ? undefined : `Write limit ${top} at the end of the statement.`;
}

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
