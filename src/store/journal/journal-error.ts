import { TelemetryError } from '../../core/errors.js';
import type { SentError } from './writer-thread.js';

/** What an error of a commit means for those whose events it held. */
export function journalError({ code, message, remedy }: SentError): TelemetryError {
  const isFull = code === 'SQLITE_FULL';
  return new TelemetryError('failure', isFull ? 'the disk is full' : `the journal cannot be written: ${message}`, {
    remedy:
      remedy ?? (isFull ? 'Free space on the disk; the server goes on by itself.' : 'See the message of the store.'),
    cause: code,
  });
}
