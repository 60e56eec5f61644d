import { codeOf, messageOf, TelemetryError } from '../../../../core/errors.js';
import { RefusedBatch } from '../../kind.js';

/** The fields of an error that PostgreSQL reports (PostgreSQL, "Error and Notice Message Fields"), all optional. */
interface ServerError {
  readonly code?: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly position?: string;
  readonly constraint?: string;
}

/** SQLSTATE: a class of two characters, then three. */
const SQLSTATE = /^[0-9A-Z]{5}$/;

/** Classes of errors that the values of rows cause: data exception, integrity violation, program limit exceeded. */
const DATA_CLASSES = ['22', '23', '54'];

/** The code of a row without a partition, whose error names no constraint. */
const CHECK_VIOLATION = '23514';

/** True for an error that the content of rows causes, so that a retry fails as well. */
export function isOfData(error: unknown): boolean {
  const code = codeOf(error);
  if (code === undefined || !SQLSTATE.test(code) || !DATA_CLASSES.includes(code.slice(0, 2))) return false;
  return !isWithoutPartition(error);
}

/** True for the error of a row without a partition. */
export function isWithoutPartition(error: unknown): boolean {
  return codeOf(error) === CHECK_VIOLATION && (error as ServerError).constraint === undefined;
}

/**
 * Converts an error of forwarding into one for the user, or into {@link RefusedBatch} when a retry would fail as well.
 */
export function sendError(error: unknown): Error {
  if (error instanceof TelemetryError || error instanceof RefusedBatch) return error;
  if (isOfData(error)) return new RefusedBatch(reasonOf(error), { cause: error });
  return new TelemetryError('failure', reasonOf(error), { cause: error });
}

/** The message of an error. Messages of PostgreSQL and of its driver contain no password. */
function reasonOf(error: unknown): string {
  const { code, detail } = error as ServerError;
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  if (code === undefined || !SQLSTATE.test(code)) return messageOf(error);
  // The detail of a violated constraint contains values of events.
  return `${messageOf(error)} (SQLSTATE ${code})${detail !== undefined && !isOfData(error) ? `: ${detail}` : ''}`;
}

/** Converts the error of a user's statement into one with PostgreSQL's message and a caret under the position. */
export function statementError(error: unknown, sql: string): TelemetryError {
  const { code, detail, hint, position } = error as ServerError;
  if (error instanceof TelemetryError) return error;
  if (code === undefined || !SQLSTATE.test(code))
    return new TelemetryError('failure', reasonOf(error), { cause: error });
  const text = [messageOf(error), ...(detail === undefined ? [] : [detail])].join('\n');
  const place = position === undefined ? '' : placeIn(sql, Number(position));
  return new TelemetryError('sql', text + place, { ...(hint !== undefined && { remedy: hint }), cause: error });
}

/** The line of a statement and a caret. @param position in characters, from 1. */
function placeIn(sql: string, position: number): string {
  const before = Array.from(sql)
    .slice(0, position - 1)
    .join('');
  const line = before.split('\n').length;
  const start = before.lastIndexOf('\n') + 1;
  const prefix = `LINE ${line}: `;
  const text = sql.slice(start).split('\n', 1)[0]!;
  return `\n\n${prefix}${text}\n${' '.repeat(prefix.length + Array.from(before.slice(start)).length)}^`;
}
