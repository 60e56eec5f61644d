import type { Attribute } from '../../core/attribute.js';
import { messageOf, TelemetryError } from '../../core/errors.js';
import { hintFor } from './sql-hints.js';

const UNKNOWN_COLUMN = /Referenced column "((?:[^"]|"")+)" (?:was )?not found/;

/** The most candidates of a function that an error lists. */
const MAX_CANDIDATES = 6;

/** True for DuckDB's error of an interrupted statement. */
export function isInterrupt(error: unknown): boolean {
  return messageOf(error).startsWith('INTERRUPT Error');
}

/** True for DuckDB's error of a statement that does not fit the tables. */
export function isBindError(error: unknown): boolean {
  return /^(?:Binder|Catalog) Error/.test(messageOf(error));
}

/** The message for a qualified column (`events.x`). */
const UNKNOWN_QUALIFIED = /does not have a column named "((?:[^"]|"")+)"/;

/** The column that an error of DuckDB does not know, qualified or not; undefined for other errors. */
export function unknownColumn(error: unknown): string | undefined {
  const message = messageOf(error);
  return (UNKNOWN_COLUMN.exec(message) ?? UNKNOWN_QUALIFIED.exec(message))?.[1]?.replaceAll('""', '"');
}

/**
 * Turns DuckDB's error into the user's: its message with the line, the caret and the candidates, and a remedy.
 * @param sql the statement that failed.
 * @param views the names of further views that it could have read.
 */
export function sqlError(
  error: unknown,
  attributes: readonly Attribute[],
  sql = '',
  views: readonly string[] = [],
): TelemetryError {
  if (error instanceof TelemetryError) return error;
  const original = messageOf(error)
    .replace(/^Failed to extract statements: /, '')
    .trimEnd();
  const hint = hintFor(original, sql, attributes, views);
  const message = shortened(original);
  return new TelemetryError('sql', hint === undefined ? message : message.replace(SUGGESTION, ''), {
    ...(hint !== undefined && { remedy: hint }),
    cause: error,
  });
}

/** DuckDB's suggestion of a table or function: often one of DuckDB's own, and less useful than a hint. */
const SUGGESTION = /\nDid you mean "[^"]*"\?/;

/** Shortens the list of a function's candidates, of which an operator has dozens. */
function shortened(message: string): string {
  return message.replace(/(?:^\t.*(?:\n|$))+/gm, list => {
    const lines = list.trimEnd().split('\n');
    if (lines.length <= MAX_CANDIDATES) return list;
    const shown = lines.slice(0, MAX_CANDIDATES - 1);
    return `${shown.join('\n')}\n\t... (${lines.length - shown.length} more)\n`;
  });
}
