import { codeOf, messageOf, TelemetryError } from '../../../../core/errors.js';
import { RefusedBatch } from '../../kind.js';

/** Codes of exceptions caused by the values of rows (ClickHouse, src/Common/ErrorCodes.cpp). */
const OF_DATA: ReadonlySet<string> = new Set([
  '6', // CANNOT_PARSE_TEXT
  '26', // CANNOT_PARSE_QUOTED_STRING
  '27', // CANNOT_PARSE_INPUT_ASSERTION_FAILED
  '38', // CANNOT_PARSE_DATE
  '41', // CANNOT_PARSE_DATETIME
  '69', // ARGUMENT_OUT_OF_BOUND
  '72', // CANNOT_PARSE_NUMBER
  '117', // INCORRECT_DATA
  '131', // TOO_LARGE_STRING_SIZE
  '321', // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
  '407', // DECIMAL_OVERFLOW
  '469', // VIOLATED_CONSTRAINT
]);

/** TOO_MANY_PARTS: an insert touches too many partitions, or the merges of the table are behind. */
const TOO_MANY_PARTS = '252';

/** True for an exception of the server that the content of rows causes, so that a retry fails as well. */
export function isOfData(error: unknown): boolean {
  const code = codeOf(error);
  if (code === undefined) return false;
  if (code === TOO_MANY_PARTS) return /partitions/i.test(messageOf(error));
  return OF_DATA.has(code);
}

/** Converts an error of forwarding into one for the user. */
export function sendError(error: unknown): Error {
  if (error instanceof TelemetryError || error instanceof RefusedBatch) return error;
  return new TelemetryError('failure', reasonOf(error), { cause: error });
}

/** Converts the error of a user's statement into one with ClickHouse's message. */
export function statementError(error: unknown): Error {
  if (error instanceof TelemetryError) return error;
  return new TelemetryError(isOfServer(error) ? 'sql' : 'failure', reasonOf(error), { cause: error });
}

/** The message of an error, followed by its name when ClickHouse reported it. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  const message = messageOf(error).trim().replace(/:$/, '');
  return isOfServer(error) ? `${message} (${error.type ?? `code ${error.code}`})` : message;
}

interface ServerError extends Error {
  readonly code: string;
  readonly type: string | undefined;
}

/** True for an exception of the server, whose code is a number; the codes of sockets are words. */
function isOfServer(error: unknown): error is ServerError {
  return error instanceof Error && /^\d+$/.test(codeOf(error) ?? '');
}
