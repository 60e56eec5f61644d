import leven from 'leven';
import { CORE_COLUMNS, type Attribute } from '../core/attribute.js';
import { messageOf, TelemetryError } from '../core/errors.js';

/** How many near attributes an error names. */
const NEAR_COUNT = 5;

const UNKNOWN_COLUMN = /Referenced column "((?:[^"]|"")+)" (?:was )?not found/;

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

/** DuckDB's error as the user's: its message with the line, the caret and the candidates, and attributes whose names are near. */
export function sqlError(error: unknown, attributes: readonly Attribute[]): TelemetryError {
  if (error instanceof TelemetryError) return error;
  const message = messageOf(error)
    .replace(/^Failed to extract statements: /, '')
    .trimEnd();
  const unknown = unknownColumn(error);
  const near =
    unknown === undefined ? [] : nearNames(unknown, [...CORE_COLUMNS, ...attributes.map(({ name }) => name)]);
  return new TelemetryError('sql', message, {
    ...(near.length > 0 && { remedy: `near attributes: ${near.join(', ')}` }),
    cause: error,
  });
}

/** The names that differ from `name` by less than half of its letters, or hold it as their last key; nearest first. */
function nearNames(name: string, names: readonly string[]): string[] {
  const wanted = name.toLowerCase();
  return names
    .map(candidate => {
      const given = candidate.toLowerCase();
      const last = given.slice(given.lastIndexOf('.') + 1);
      return { candidate, distance: Math.min(leven(wanted, given), leven(wanted, last) + 1) };
    })
    .filter(({ distance }) => distance <= Math.max(1, Math.floor(wanted.length / 2)))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, NEAR_COUNT)
    .map(({ candidate }) => candidate);
}
