import type { Attribute } from '../../core/attribute.js';
import { messageOf, TelemetryError } from '../../core/errors.js';
import { hintFor } from './sql-hints.js';

const UNKNOWN_COLUMN = /Referenced column "((?:[^"]|"")+)" (?:was )?not found/;

/** More candidates of a function than these say nothing to a person. */
const MOST_CANDIDATES = 6;

/** Whether DuckDB stopped because it was told to. */
export function isInterrupt(error: unknown): boolean {
  return messageOf(error).startsWith('INTERRUPT Error');
}

/** The form of the same for a qualified column (`events.x`). */
const UNKNOWN_QUALIFIED = /does not have a column named "((?:[^"]|"")+)"/;

/** Returns the name of the column that an error of DuckDB's says it does not know, qualified or not, or undefined. */
export function unknownColumn(error: unknown): string | undefined {
  const message = messageOf(error);
  return (UNKNOWN_COLUMN.exec(message) ?? UNKNOWN_QUALIFIED.exec(message))?.[1]?.replaceAll('""', '"');
}

/**
 * DuckDB's error as the user's: its message with the line, the caret and the candidates, and how to mend the statement.
 * @param sql the statement that failed.
 */
export function sqlError(error: unknown, attributes: readonly Attribute[], sql = ''): TelemetryError {
  if (error instanceof TelemetryError) return error;
  const original = messageOf(error)
    .replace(/^Failed to extract statements: /, '')
    .trimEnd();
  const hint = hintFor(original, sql, attributes);
  const message = shortened(original);
  return new TelemetryError('sql', hint === undefined ? message : message.replace(SUGGESTION, ''), {
    ...(hint !== undefined && { remedy: hint }),
    cause: error,
  });
}

/** The table or function that DuckDB finds near: often one of its own, and less than a hint. */
const SUGGESTION = /\nDid you mean "[^"]*"\?/;

/** Leaves out most of the candidates of a function, of which an operator has dozens. */
function shortened(message: string): string {
  return message.replace(/(?:^\t.*\n)+/gm, list => {
    const lines = list.split('\n').slice(0, -1);
    if (lines.length <= MOST_CANDIDATES) return list;
    const shown = lines.slice(0, MOST_CANDIDATES - 1);
    return `${shown.join('\n')}\n\t... (${lines.length - shown.length} more)\n`;
  });
}
