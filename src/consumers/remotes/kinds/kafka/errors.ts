import { messageOf, TelemetryError } from '../../../../core/errors.js';
import { RefusedBatch } from '../../kind.js';

/** Names of errors caused by the content of messages (Kafka protocol, "Error Codes"). */
const OF_CONTENT: ReadonlySet<string> = new Set(['INVALID_RECORD', 'RECORD_LIST_TOO_LARGE']);

/** True when the broker refuses messages for their size. */
export function isTooLarge(error: unknown): boolean {
  return namesOf(error).some(name => name === 'MESSAGE_TOO_LARGE' || name === 'RECORD_LIST_TOO_LARGE');
}

/** True when a topic does not exist. The library's error for it has no name. */
export function isUnknownTopic(error: unknown): boolean {
  if (namesOf(error).includes('UNKNOWN_TOPIC_OR_PARTITION')) return true;
  return leavesOf(error).some(leaf => messageOf(leaf).startsWith('Unknown topic'));
}

/** True when another client created the topic in the meantime. */
export function isKnownTopic(error: unknown): boolean {
  return namesOf(error).includes('TOPIC_ALREADY_EXISTS');
}

/**
 * Converts an error of forwarding into one for the user, or into {@link RefusedBatch} when a retry would fail as well.
 */
export function sendError(error: unknown): Error {
  if (error instanceof TelemetryError || error instanceof RefusedBatch) return error;
  const reason = reasonOf(error);
  if (namesOf(error).some(name => OF_CONTENT.has(name))) return new RefusedBatch(reason, { cause: error });
  return new TelemetryError('failure', reason, { cause: error });
}

/** The names of all protocol errors in an error of the library, which nests them. */
function namesOf(error: unknown): string[] {
  return leavesOf(error).flatMap(leaf => {
    const { apiId } = leaf as { readonly apiId?: unknown };
    return typeof apiId === 'string' ? [apiId] : [];
  });
}

function reasonOf(error: unknown): string {
  const reasons = leavesOf(error).map(leaf => {
    const { apiId, serverErrorMessage } = leaf as { readonly apiId?: unknown; readonly serverErrorMessage?: unknown };
    const name = typeof apiId === 'string' ? ` (${apiId})` : '';
    const detail = typeof serverErrorMessage === 'string' ? `: ${serverErrorMessage}` : '';
    return `${messageOf(leaf).trim().replace(/\.$/, '')}${name}${detail}`;
  });
  return [...new Set(reasons)].join('; ');
}

/** The innermost errors. */
function leavesOf(error: unknown): unknown[] {
  const { errors, cause } = (error ?? {}) as { readonly errors?: unknown; readonly cause?: unknown };
  if (Array.isArray(errors) && errors.length > 0) return errors.flatMap(leavesOf);
  return cause instanceof Error ? leavesOf(cause) : [error];
}
